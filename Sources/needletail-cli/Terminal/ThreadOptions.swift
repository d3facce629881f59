import ArgumentParser
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
