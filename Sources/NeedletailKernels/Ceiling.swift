import CKernels

/// What this machine can do at most, measured: the yardstick of the benchmarks.
public enum Ceiling {
    /// Does about `rounds` times a few hundred multiply-adds on every thread, and returns how many single-precision
    /// operations that was, a multiply-add being two.
    public static func multiplyAdd(rounds: Int, pool: ThreadPool) -> Int {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: pool.threadCount) { done in
            pool.run(chunks: pool.threadCount) { chunk, _ in
                var operands: (Float, Float) = (0.999, 0.001)
                withUnsafeMutablePointer(to: &operands) { pointer in
                    pointer.withMemoryRebound(to: Float.self, capacity: 2) {
                        done[chunk] = 2 * needletail_multiply_add(nil, rounds, $0)
                    }
                }
            }
            return done.reduce(0, +)
        }
    }

    /// Reads a block of its own on every thread, again and again, and returns how many bytes that was.
    ///
    /// - Parameters:
    ///   - memory: One block after the other.
    ///   - count: Floats of a thread's block, a multiple of 128.
    public static func read(
        _ memory: UnsafePointer<Float>, count: Int, times: Int, pool: ThreadPool
    ) -> Int {
        precondition(count % 128 == 0, "blocks are multiples of 128 floats, not \(count)")
        pool.run(chunks: pool.threadCount) { chunk, _ in
            for _ in 0..<times { _ = needletail_read_memory(nil, memory + chunk * count, count) }
        }
        return pool.threadCount * times * count * MemoryLayout<Float>.stride
    }
}
