import NeedletailGraph
import NeedletailKernels
import NeedletailProcesses
import NeedletailRuntime
import NeedletailTraining
import Testing
import ThreadedProcesses

@Suite struct GradientReducerTests {
    /// A step of batches with one gradient and one statistic each; nil for a batch without a finite loss.
    private func step(
        _ batches: [(gradient: Float, statistic: Float)?], workers: Int = 1, group: any ProcessGroup = SingleProcess()
    ) throws -> (gradient: Float?, statistic: Float?) {
        let scope = ParameterStore().root
        let weight = scope.parameter("weight", shape: [1], initializedBy: .constant(0))
        let statistic = scope.parameter("mean", shape: [1], role: .statistic, initializedBy: .constant(7))
        let reducer = try GradientReducer(
            parameters: [weight], statistics: [statistic], workerCount: workers, group: group)
        let pool = ThreadPool(threadCount: 2)
        let share = group.share(of: 0..<batches.count, rank: group.rank)
        let shares = (0..<workers).map { worker in
            share.lowerBound + share.count * worker / workers..<share.lowerBound + share.count * (worker + 1) / workers
        }
        // What was left of a step before is forgotten.
        for gradients in reducer.gradients { gradients[0][0] = 1000 }
        reducer.begin(shares, of: batches.count)
        for (worker, share) in shares.enumerated() {
            for batch in batches[share] {
                try reducer.beginBatch(worker: worker, pool: pool)
                if let batch {
                    reducer.gradients[worker][0][0] += batch.gradient
                    reducer.gradients[worker].forEachStatistic { $1[0] = batch.statistic }
                }
                reducer.endBatch(worker: worker, isFinite: batch != nil, pool: pool)
            }
        }
        let reduced = try reducer.reduced(isFinite: batches.map { $0 != nil }, pool: pool)
        var mean: Float?
        reduced?.forEachStatistic { mean = $1[0] }
        return (reduced.map { $0[0][0] }, mean)
    }

    @Test func aStepHasTheMeanOfItsBatches() throws {
        #expect(try step([(3, 5)]) == (3, 5))
        // What nobody has changed stays as it is.
        #expect(try step([(1, 7), (1, 7), (1, 7)]) == (1, 7))
        #expect(try step([(1, 2), (3, 6)]) == (2, 4))
        #expect(try step([(1, 2), nil, (3, 6)]) == (2, 4))
        #expect(try step([nil, (1, 2), nil]) == (1, 2))
        #expect(try step([nil, nil]).gradient == nil)
    }

    /// In the order of the tree (10^8 + 1) + (1 − 10^8) is 0 in single precision: both ones are lost. One after the other
    /// the last would stay.
    @Test func batchesAreSummedInTheOrderOfTheTree() throws {
        #expect(try step([(1e8, 0), (1, 0), (1, 0), (-1e8, 0)]).gradient == 0)
        #expect(try step([(1e8, 0), (1, 0), (-1e8, 0), (1, 0)]).gradient == 0)
        #expect(try step([(1, 0), (1e8, 0), (-1e8, 0)]).gradient == 0)
        #expect(try step([(1e8, 0), (-1e8, 0), (1, 0)]).gradient == Float(1) * (1 / Float(3)))
    }

    /// Gradients of very different sizes: another order gives other bits.
    @Test(arguments: [2, 3, 4, 5]) func theBitsDoNotDependOnTheProcesses(count: Int) throws {
        for batchCount in [1, 2, 3, 4, 6, 7, 12, 13] {
            for lost in [nil, 0, batchCount / 2, batchCount - 1] as [Int?] {
                let batches = (0..<batchCount).map { number -> (gradient: Float, statistic: Float)? in
                    let small = Float((number * 7919) % 101) * 1.1e-3, large = Float(number % 3) * 1e3
                    return number == lost ? nil : (small + large, Float(number) / 7)
                }
                let alone = try step(batches)
                for workers in [1, 2, 3] {
                    #expect(try step(batches, workers: workers) == alone, "\(batchCount) batches, \(workers) workers")
                    let together = try ThreadedProcess.run(count) { try step(batches, workers: workers, group: $0) }
                    for outcome in together {
                        #expect(outcome == alone, "\(batchCount) batches, \(workers) workers, \(count) processes")
                    }
                }
            }
        }
    }

    /// More numbers than processes share in whole cache lines, and fewer.
    @Test(arguments: [1, 15, 16, 17, 100, 70_000]) func everyNumberArrives(numbers: Int) throws {
        let outcomes = try ThreadedProcess.run(3) { group in
            let weight = ParameterStore().root.parameter("w", shape: [numbers], initializedBy: .constant(0))
            let reducer = try GradientReducer(parameters: [weight], group: group)
            let pool = ThreadPool(threadCount: 1)
            reducer.begin([group.share(of: 0..<3, rank: group.rank)], of: 3)
            try reducer.beginBatch(pool: pool)
            for index in 0..<numbers { reducer.gradients[0][0][index] = Float(index * (group.rank + 1)) }
            reducer.endBatch(isFinite: true, pool: pool)
            return try reducer.reduced(isFinite: [true, true, true], pool: pool).map { Array($0[0]) } ?? []
        }
        let third: Float = 1 / 3
        for outcome in outcomes { #expect(outcome == (0..<numbers).map { Float($0 * 6) * third }) }
    }
}
