import NeedletailPlatform
import NeedletailSystem

/// Gives a parser one input after another, and keeps the one at hand where it outlives the process.
///
/// An input that takes longer than five seconds or more memory than ten times its size and 256 MiB ends the process like one
/// that the parser falls over, and so does one behind others that together have made the process larger by a gigabyte.
struct FuzzRun {
    let entry: FuzzEntry
    let folder: FuzzFolder
    /// A mapped file: the length of the input at hand in the first eight bytes, then the input.
    private let kept: UnsafeMutableRawBufferPointer
    private var peak = FuzzRun.peakMemory
    private let start = FuzzRun.peakMemory

    /// Whether what parsers throw is written to standard error.
    var isTold = false

    private static let patience = 5
    private static let freeMemory = 256 << 20

    /// - Parameter keeping: The file.
    init(_ entry: FuzzEntry, folder: String, keeping path: String) throws(FileError) {
        self.entry = entry
        self.folder = FuzzFolder(folder)
        let size = 2 * Mutator.limit + 8
        let file = Descriptor.open(path, O_RDWR | O_CREAT)
        guard file >= 0, ftruncate(file, off_t(size)) == 0,
            let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), start != MAP_FAILED
        else { throw FileError(path: path, action: "keep inputs", code: errno) }
        _ = Descriptor.close(file)
        kept = UnsafeMutableRawBufferPointer(start: start, count: size)
        for number in [SIGALRM, SIGPROF] { signal(number, Self.giveUp) }
    }

    private static let giveUp: @convention(c) (Int32) -> Void = { _ in
        let words: StaticString = "an input takes longer than five seconds\n"
        _ = write(STDERR_FILENO, words.utf8Start, words.utf8CodeUnitCount)
        abort()
    }

    /// Ends the process when the parser computes for too long, or waits for longer; 0 for no end.
    private static func limit(seconds: Int) {
        var time = itimerval()
        time.it_value.tv_sec = time_t(seconds)
        // ITIMER_PROF, which is of another type on each platform: a machine that does other things is no fault of the parser.
        setitimer(2, &time, nil)
        alarm(UInt32(12 * seconds))
    }

    /// What the process that kept it was at; nil where it was at nothing.
    static func input(keptIn path: String) -> [UInt8]? {
        guard let source = try? ByteSource(reading: path), source.bytes.count > 8 else { return nil }
        let count = source.bytes.loadUnaligned(as: Int.self)
        return count > 0 && count < source.bytes.count ? Array(source.bytes[8..<8 + count]) : nil
    }

    /// Gives the parser one input; returns whether it took it without an error.
    @discardableResult
    mutating func give(_ bytes: [UInt8]) -> Bool {
        kept.storeBytes(of: bytes.count, as: Int.self)
        UnsafeMutableRawBufferPointer(rebasing: kept[8...]).copyBytes(from: bytes.prefix(kept.count - 8))
        let input = FuzzInput(bytes, in: folder, fileName: entry.fileName)
        Self.limit(seconds: Self.patience)
        var isTaken = true
        do {
            try entry.body(input)
        } catch {
            // Words for people are made of what is in the input, too.
            if isTold { StandardText.write("\(error)\n") } else { _ = "\(error)".count }
            isTaken = false
        }
        if entry.writesFiles { folder.clear() }
        Self.limit(seconds: 0)
        let now = Self.peakMemory
        if now - peak > 10 * bytes.count + Self.freeMemory {
            StandardText.write("an input of \(bytes.count) bytes takes \((now - peak) >> 20) MiB\n")
            abort()
        }
        if now - start > 4 * Self.freeMemory {
            StandardText.write("the parser keeps more and more of what it makes of its inputs\n")
            abort()
        }
        peak = max(peak, now)
        kept.storeBytes(of: 0, as: Int.self)
        return isTaken
    }

    /// Bytes that the process has had at most.
    private static var peakMemory: Int {
        var usage = rusage()
        // RUSAGE_SELF, which is of another type on each platform.
        getrusage(0, &usage)
        #if canImport(Darwin)
            return usage.ru_maxrss
        #else
            return usage.ru_maxrss << 10
        #endif
    }
}

enum StandardText {
    /// A line on standard output, at once.
    static func say(_ line: String) {
        _ = Array((line + "\n").utf8).withUnsafeBytes { Descriptor.write($0, to: STDOUT_FILENO) }
    }

    static func write(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { Descriptor.write($0, to: STDERR_FILENO) }
    }
}
