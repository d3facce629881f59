import ArgumentParser
import NeedletailPlatform
import NeedletailSystem

/// Gives parsers inputs of all kinds and keeps those that they fall over.
@main
struct Fuzz: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "needletail-fuzz",
        abstract: "Give every parser inputs that were changed at random, and keep those that it falls over.",
        discussion: """
            Inputs are changed by a seed: the same seed gives the same inputs. FOLDER holds corpus/, with a folder of \
            files for each parser to begin with, and regressions/ with inputs that one has fallen over before. Built as \
            'make fuzz' does, what inputs reach in the program decides which are changed further.

            EXAMPLE
              needletail-fuzz Tests/Fuzz --seconds 60 --found found/
            """)

    @Argument(help: "The folder with corpus/ and regressions/.")
    var folder: String

    @Option(help: "Only these parsers, with commas between them.")
    var entries: String?

    @Option(help: "Seconds for all parsers together, each an equal part.")
    var seconds: Double?

    @Option(help: "So many changed inputs for each parser, instead of a time.")
    var inputs = 1000

    @Option(help: "Where changing begins.")
    var seed: UInt64 = 1

    @Option(help: "The folder for inputs that a parser falls over.")
    var found = "found"

    @Flag(help: "Write what parsers throw to standard error.")
    var errors = false

    @Flag(help: "List the parsers.")
    var list = false

    /// The number of the input to begin with, in the process that works for another.
    @Option(help: .private)
    var from: Int?

    func run() throws {
        if list { return say(FuzzEntry.known.map(\.name).joined(separator: "\n")) }
        let names = entries?.split(separator: ",").map(String.init)
        let chosen = FuzzEntry.known.filter { names?.contains($0.name) ?? true }
        guard !chosen.isEmpty else { throw ValidationError("There is no such parser; --list names all.") }
        if let from { return try work(chosen[0], from: from) }
        var failures = 0
        for entry in chosen { failures += try watch(entry, share: seconds.map { $0 / Double(chosen.count) }) }
        say(failures == 0 ? "nothing fell" : "\(failures) inputs fell; see \(found)")
        if failures > 0 { throw ExitCode(1) }
    }

    private func say(_ line: String) { StandardText.say(line) }

    // MARK: The process that watches

    /// Where the process at work keeps its input.
    private func kept(_ entry: FuzzEntry) -> String { "\(found)/.\(entry.name).input" }

    /// Lets another process work and begins again behind an input that it falls over.
    private func watch(_ entry: FuzzEntry, share: Double?) throws -> Int {
        try FolderTree.make(found)
        defer {
            FolderTree.remove(kept(entry))
            for ending in ["corpus", "corpus.words"] { FolderTree.remove("\(found)/.\(entry.name).\(ending)") }
        }
        let end = share.map { ContinuousClock.now + .seconds($0) }
        var failures = 0, next = 0
        while failures < 20 {
            FolderTree.remove(kept(entry))
            var left: Double?
            if let end {
                let duration = ContinuousClock.now.duration(to: end)
                left = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
            }
            if let left, left <= 0 { break }
            let status = try start(entry, from: next, seconds: left)
            guard status != 0 else { break }
            failures += 1
            guard let input = FuzzRun.input(keptIn: kept(entry)) else {
                say("\(entry.name): ended with \(status) between two inputs")
                break
            }
            let hash = input.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
            let path = "\(found)/\(entry.name)-\(String(hash, radix: 16))"
            try AtomicFile.write(input, to: path)
            say("\(entry.name): fell with \(status): \(path)")
            next = (Int((try? readRound(entry)) ?? 0)) + 1
        }
        return failures
    }

    private func roundFile(_ entry: FuzzEntry) -> String { "\(found)/.\(entry.name).round" }

    private func readRound(_ entry: FuzzEntry) throws -> Int {
        defer { FolderTree.remove(roundFile(entry)) }
        let source = try ByteSource(reading: roundFile(entry))
        return source.bytes.count >= 8 ? source.bytes.loadUnaligned(as: Int.self) : 0
    }

    /// Runs this program for one parser; returns its exit status, or the signal below 0.
    private func start(_ entry: FuzzEntry, from next: Int, seconds: Double?) throws -> Int32 {
        var words = [
            CommandLine.arguments[0], folder, "--entries", entry.name, "--seed", "\(seed)", "--found", found, "--from",
            "\(next)",
        ]
        if errors { words.append("--errors") }
        if let seconds { words += ["--seconds", "\(seconds)"] } else { words += ["--inputs", "\(inputs)"] }
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process = pid_t()
        let code = posix_spawn(&process, "/proc/self/exe", nil, nil, &arguments, environ)
        guard code == 0 else { throw FileError(path: words[0], action: "start", code: code) }
        var status: Int32 = 0
        _ = uninterrupted { waitpid(process, &status, 0) }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
    }

    // MARK: The process that works

    private func files(_ kind: String, _ entry: FuzzEntry) throws -> [[UInt8]] {
        let folder = "\(folder)/\(kind)/\(entry.name)"
        return try Folder.files(below: folder).map { name in
            let source = try ByteSource(reading: "\(folder)/\(name)")
            return withExtendedLifetime(source) { Array(source.bytes) }
        }
    }

    private func work(_ entry: FuzzEntry, from first: Int) throws {
        // Files in memory, where there is such a place.
        let parent = Folder.isFolder("/dev/shm") ? "/dev/shm" : "/tmp"
        var run = try FuzzRun(entry, folder: "\(parent)/needletail-fuzz-\(getpid())", keeping: kept(entry))
        run.isTold = errors
        defer { run.folder.clear() }
        let regressions = try files("regressions", entry), corpus = try files("corpus", entry) + regressions
        var taken = 0
        if first == 0 { for bytes in corpus where run.give(bytes) { taken += 1 } }
        if CoverageFuzzer.isThere {
            return try CoverageFuzzer.run(
                entry, run, corpus: corpus, seed: seed &+ UInt64(first), inputs: inputs - first, seconds: seconds,
                folder: "\(found)/.\(entry.name).corpus", keepingRoundIn: RoundFile(roundFile(entry)))
        }
        let rounds = try RoundFile(roundFile(entry))
        let start = ContinuousClock.now
        let end = seconds.map { start + .seconds($0) }
        var round = first
        while end.map({ ContinuousClock.now < $0 }) ?? (round < inputs) {
            rounds.value = round
            var mutator = Mutator(seed: seed, entry: entry.name, round: round)
            if run.give(mutator.input(from: corpus, words: entry.words)) { taken += 1 }
            round += 1
        }
        let duration = start.duration(to: .now).components
        let took = Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
        FolderTree.remove(roundFile(entry))
        say(
            "\(entry.name): \(round - first) inputs of \(corpus.count) files, \(taken) taken, "
                + "\(Int(saturating: Double(round - first) / max(took, 1e-3))) a second")
    }
}

/// A number that outlives the process.
struct RoundFile {
    private let place: UnsafeMutablePointer<Int>

    init(_ path: String) throws(FileError) {
        let file = Descriptor.open(path, O_RDWR | O_CREAT)
        guard file >= 0, ftruncate(file, 8) == 0,
            let start = mmap(nil, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), start != MAP_FAILED
        else { throw FileError(path: path, action: "keep inputs", code: errno) }
        _ = Descriptor.close(file)
        place = start.bindMemory(to: Int.self, capacity: 1)
    }

    var value: Int {
        get { place.pointee }
        nonmutating set { place.pointee = newValue }
    }
}
