import NeedletailKernels
import Testing

@Suite struct ThreadPoolTests {
    @Test(arguments: [1, 2, 5]) func runsEveryChunkOnce(threads: Int) {
        let pool = ThreadPool(threadCount: threads)
        for chunks in [0, 1, 2, 7, 1000] {
            let counts = UnsafeMutableBufferPointer<Int>.allocate(capacity: chunks)
            counts.initialize(repeating: 0)
            defer { counts.deallocate() }
            pool.run(chunks: chunks) { chunk, worker in
                precondition((0..<threads).contains(worker))
                counts[chunk] += 1
            }
            #expect(counts.allSatisfy { $0 == 1 })
        }
    }

    @Test(arguments: [1, 2, 5]) func runsRangesThatAreAllChunks(threads: Int) {
        let pool = ThreadPool(threadCount: threads)
        for chunks in [1, 2, 7, 1000] {
            let counts = UnsafeMutableBufferPointer<Int>.allocate(capacity: chunks)
            let begun = UnsafeMutableBufferPointer<Bool>.allocate(capacity: threads)
            counts.initialize(repeating: 0)
            begun.initialize(repeating: false)
            defer { counts.deallocate() }
            defer { begun.deallocate() }
            pool.run(chunks: chunks) { range, worker, continues in
                precondition(!range.isEmpty && (!continues || begun[worker]))
                begun[worker] = true
                for chunk in range { counts[chunk] += 1 }
            }
            #expect(counts.allSatisfy { $0 == 1 })
        }
    }

    @Test func survivesManyShortJobs() {
        let pool = ThreadPool(threadCount: 3)
        let sums = UnsafeMutableBufferPointer<Int>.allocate(capacity: 3)
        sums.initialize(repeating: 0)
        defer { sums.deallocate() }
        for _ in 0..<20_000 {
            pool.run(chunks: 5) { chunk, worker in sums[worker] += chunk }
        }
        #expect(sums.reduce(0, +) == 20_000 * 10)
    }

    @Test func nestedJobsRunOnTheirCaller() {
        let pool = ThreadPool(threadCount: 2)
        let counts = UnsafeMutableBufferPointer<Int>.allocate(capacity: 16)
        counts.initialize(repeating: 0)
        defer { counts.deallocate() }
        pool.run(chunks: 4) { outer, _ in
            pool.run(chunks: 4) { inner, _ in counts[outer * 4 + inner] += 1 }
        }
        #expect(counts.allSatisfy { $0 == 1 })
    }
}
