import ArgumentParser
import Needletail
import NeedletailKernels

struct ThreadOptions: ParsableArguments {
    @Option(help: "Threads to compute with; all processors unless given. Results do not depend on it.")
    var threads: Int?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads takes a number from 1 to 1024, not \(threads).")
        }
    }

    /// - Throws: When the kernels that the environment asks for cannot be had.
    func makePool() throws -> ThreadPool {
        try KernelVariant.checkEnvironment()
        return ThreadPool(threadCount: threads ?? ThreadPool.processorCount)
    }
}

/// How the threads share many photographs.
struct SharingOptions: ParsableArguments {
    @Flag(help: "All threads work on one photograph at a time, so that the first results are there soonest.")
    var latency = false

    @Flag(
        help: ArgumentHelp(
            "Each thread works on a photograph of its own, so that all results are there soonest.",
            discussion: "So it is where there are many photographs, unless --latency is given. Results are the same."))
    var throughput = false

    func validate() throws {
        if latency && throughput { throw ValidationError("--latency and --throughput exclude each other.") }
    }

    var given: WorkSharing? { latency ? .latency : throughput ? .throughput : nil }
}
