import NeedletailKernels
import NeedletailModels
import NeedletailProcesses
import NeedletailTraining
import Synchronization
import Testing
import ThreadedProcesses

/// The loop in several processes.
@Suite struct SharedLoopTests {
    private static func configuration() -> TrainingConfiguration {
        var configuration = SmallClassification.configuration()
        configuration.batchesPerStep = 6
        return configuration
    }

    private final class Losses: TrainingHook {
        var names: [String] = []

        func batchLoaded(_ notes: BatchNotes, _ status: TrainingStatus) { names += notes.names }
    }

    private struct Outcome: Equatable {
        var weights: [[Float]]
        var names: [String]
        var losses: [Float]
        var steps: Int
        var wasInterrupted: Bool
    }

    /// - Parameter stopping: The process that is asked to stop, after how many batches of its own.
    private static func run(
        _ group: any ProcessGroup, damagedBatch: Int? = nil, stopping: (rank: Int, after: Int)? = nil
    ) throws -> Outcome {
        let model = Classifier(.resnet10Quarter, classCount: 3, seed: 1)
        let configuration = configuration()
        let notes = Losses()
        let loop = TrainingLoop(
            configuration, step: try configuration.step(model, pool: ThreadPool(threadCount: 1), group: group),
            source: SmallClassification(batchCount: 14, damagedBatch: damagedBatch), hooks: [notes])
        var steps = 0
        let summary = try loop.run(
            shouldStop: { stopping.map { $0.rank == group.rank && steps >= $0.after } ?? false },
            report: { event in if case .step = event { steps += 1 } })
        return Outcome(
            weights: SmallClassification.weights(model), names: notes.names,
            losses: summary.records.map(\.loss), steps: loop.status.progress.step,
            wasInterrupted: summary.wasInterrupted)
    }

    /// Weights, statistics of normalisation and what there is to say, with steps of six batches and one of two.
    @Test(arguments: [2, 3, 4]) func processesChangeNoBit(count: Int) throws {
        let alone = try Self.run(SingleProcess())
        #expect(alone.names.count == 56 && alone.steps == 28)
        for outcome in try ThreadedProcess.run(count, { try Self.run($0) }) { #expect(outcome == alone) }
    }

    @Test func aBatchWithoutFiniteLossIsLeftOutEverywhere() throws {
        let alone = try Self.run(SingleProcess(), damagedBatch: 4)
        for outcome in try ThreadedProcess.run(3, { try Self.run($0, damagedBatch: 4) }) { #expect(outcome == alone) }
    }

    @Test func whoIsAskedToStopStopsAll() throws {
        let outcomes = try ThreadedProcess.run(3) { try Self.run($0, stopping: (rank: 1, after: 6)) }
        // The wish is told with the batches of the next step.
        for outcome in outcomes { #expect(outcome.wasInterrupted && outcome.steps == 12) }
    }

    @Test func streamsArriveInOrderEverywhere() throws {
        let form = SharedStream<Int>.Form(write: { $1.append($0) }, read: { $0.nextInt() })
        func squares(_ group: any ProcessGroup, stopsAt: Int? = nil) throws -> ([Int], Bool) {
            var own = SharedStream<Int>.own(of: 23, group: group).makeIterator()
            let stream = SharedStream(count: 23, group: group, form: form) { own.next().map { $0 * $0 } ?? -1 }
            var found: [Int] = []
            while let next = try stream.next() {
                found.append(next)
                if found.count == stopsAt, group.rank == 0 { stream.stop() }
            }
            return (found, try stream.finish())
        }
        let whole = (0..<23).map { $0 * $0 }
        #expect(try squares(SingleProcess()) == (whole, true))
        #expect(try squares(SingleProcess(), stopsAt: 5) == (Array(whole.prefix(5)), false))
        #expect(try squares(SingleProcess(), stopsAt: 23) == (whole, false))
        for count in [2, 3, 40] {
            for outcome in try ThreadedProcess.run(count, { try squares($0) }) { #expect(outcome == (whole, true)) }
        }
        for outcome in try ThreadedProcess.run(2, { try squares($0, stopsAt: 5) }) {
            #expect(outcome == (Array(whole.prefix(8)), false))
        }
        for outcome in try ThreadedProcess.run(2, { try squares($0, stopsAt: 23) }) {
            #expect(outcome == (whole, false))
        }
    }
}
