import ArgumentParser
import Needletail
import NeedletailKernels

/// The machine's limits, which the other suites compare with.
struct CeilingSuite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ceiling", abstract: "Measure the peak of multiply-adds, and the speed of caches and memory.")

    @OptionGroup var options: SuiteOptions

    /// Bytes that a thread reads.
    private static let blocks = [
        ("read-16-kib", 16 << 10), ("read-512-kib", 512 << 10), ("read-8-mib", 8 << 20), ("read-256-mib", 256 << 20),
    ]

    func run() throws {
        var measurements: [Measurement] = []
        for (name, threads) in [("multiply-add-1-thread", 1), ("multiply-add", options.threads)]
        where options.includes(name) {
            measurements.append(Self.multiplyAdd(name, threads: threads, seconds: options.seconds))
        }
        let pool = ThreadPool(threadCount: options.threads)
        for (name, bytes) in Self.blocks where options.includes(name) {
            measurements.append(try Self.read(name, bytes: bytes, seconds: options.seconds, pool: pool))
        }
        try options.show(
            measurements, names: ["multiply-add-1-thread", "multiply-add"] + Self.blocks.map(\.0))
    }

    /// The speed at which all threads read blocks of their own, under `GB/s`.
    private static func read(_ name: String, bytes: Int, seconds: Double, pool: ThreadPool) throws -> Measurement {
        let count = bytes / MemoryLayout<Float>.stride
        let memory = try FloatStorage(count: count * pool.threadCount)
        // Pages that nobody has written to are all one page of zeros.
        memory.values.update(repeating: 1)
        let times = max(1, (64 << 20) / bytes)
        var read = 0
        var result = Measurement.run(name, seconds: seconds) {
            read = Ceiling.read(memory.pointer, count: count, times: times, pool: pool)
        }
        result.rates["GB/s"] = Double(read) / result.medianMilliseconds / 1e6
        return result
    }

    /// GB/s at which what lies in no cache is read.
    static func memorySpeed(seconds: Double, pool: ThreadPool) throws -> Double {
        try read("memory", bytes: 256 << 20, seconds: seconds, pool: pool).rates["GB/s"] ?? .nan
    }

    /// The rate of multiply-adds under `GFLOP/s`.
    static func multiplyAdd(_ name: String = "multiply-add", threads: Int, seconds: Double) -> Measurement {
        let pool = ThreadPool(threadCount: threads)
        var operations = 0
        var result = Measurement.run(name, seconds: seconds) {
            operations = Ceiling.multiplyAdd(rounds: 1_000_000, pool: pool)
        }
        result.rates["GFLOP/s"] = Double(operations) / result.medianMilliseconds / 1e6
        return result
    }
}
