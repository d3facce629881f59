import NeedletailPlatform
import NeedletailSystem

/// libFuzzer, where the program was built with it: inputs that reach what none has reached before are changed further.
///
/// It is looked for by name, since a build without it has nothing to link against.
enum CoverageFuzzer {
    private typealias Callback = @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
    private typealias Driver =
        @convention(c) (
            UnsafeMutablePointer<Int32>, UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
            Callback
        ) -> Int32

    private static var driver: UnsafeMutableRawPointer? { dlsym(nil, "LLVMFuzzerRunDriver") }

    static var isThere: Bool { driver != nil }

    /// What the callback, which is given nothing else, works with.
    private final class Work {
        var run: FuzzRun
        let rounds: RoundFile
        let first: Int
        let name: String
        let start = ContinuousClock.now
        var taken = 0

        init(_ run: FuzzRun, _ rounds: RoundFile, name: String) {
            (self.run, self.rounds, first, self.name) = (run, rounds, rounds.value, name)
        }
    }

    nonisolated(unsafe) private static var work: Work?

    /// Gives a parser inputs, and ends the process.
    ///
    /// - Parameters:
    ///   - inputs: As many, unless a time is given.
    ///   - folder: For inputs that reach something new.
    static func run(
        _ entry: FuzzEntry, _ run: FuzzRun, corpus: [[UInt8]], seed: UInt64, inputs: Int, seconds: Double?,
        folder: String,
        keepingRoundIn rounds: RoundFile
    ) throws {
        guard let driver else { return }
        try FolderTree.make(folder)
        for (index, bytes) in corpus.enumerated() { try AtomicFile.write(bytes, to: "\(folder)/seed-\(index)") }
        work = Work(run, rounds, name: entry.name)
        atexit {
            guard let work = CoverageFuzzer.work else { return }
            work.run.folder.clear()
            let duration = work.start.duration(to: .now).components
            let took = Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
            let count = work.rounds.value - work.first
            StandardText.say(
                "\(work.name): \(count) inputs by coverage, \(work.taken) taken, "
                    + "\(Int(saturating: Double(count) / max(took, 1e-3))) a second")
        }
        var words = [
            "needletail-fuzz", folder, "-seed=\(UInt32(truncatingIfNeeded: seed) | 1)", "-max_len=\(Mutator.limit)",
            // Time and memory are ours to watch; what falls is kept.
            "-timeout=0", "-rss_limit_mb=0", "-malloc_limit_mb=0", "-handle_segv=0", "-handle_ill=0", "-handle_trap=0",
            "-handle_abrt=0", "-handle_bus=0", "-handle_fpe=0", "-print_final_stats=0", "-verbosity=0", "-reload=0",
            "-detect_leaks=0",
        ]
        words.append(seconds.map { "-max_total_time=\(max(Int(saturating: $0), 1))" } ?? "-runs=\(max(inputs, 1))")
        if !entry.words.isEmpty {
            let path = "\(folder).words"
            try AtomicFile.write(entry.words.map(dictionaryLine).joined(), to: path)
            words.append("-dict=\(path)")
        }
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var count = Int32(words.count)
        arguments.withUnsafeMutableBufferPointer { buffer in
            guard var base = buffer.baseAddress else { return }
            _ = unsafeBitCast(driver, to: Driver.self)(&count, &base) { bytes, count in
                guard let work = CoverageFuzzer.work else { return 0 }
                work.rounds.value += 1
                let input = Array(UnsafeBufferPointer(start: bytes, count: count))
                if work.run.give(input) { work.taken += 1 }
                return 0
            }
        }
        exit(0)
    }

    /// A word as libFuzzer's lists have it.
    private static func dictionaryLine(_ word: String) -> String {
        let hex = Array("0123456789ABCDEF")
        let text = word.utf8.map { byte in
            (0x20..<0x7F).contains(byte) && byte != 0x22 && byte != 0x5C
                ? String(UnicodeScalar(byte)) : "\\x\(hex[Int(byte >> 4)])\(hex[Int(byte & 15)])"
        }.joined()
        return "\"\(text)\"\n"
    }
}
