import NeedletailKernels
import NeedletailModels
import NeedletailTraining
import Testing

/// The loop on a classifier, with nothing of a detector and no files.
@Suite struct TrainingLoopTests {
    /// Notes what it is told.
    private final class Notes: TrainingHook {
        var lines: [String] = []

        func runStarted(_ status: TrainingStatus) { lines.append("started at \(status.progress.epoch)") }
        func phaseStarted(trainedStages: Int, _ status: TrainingStatus) -> Bool {
            lines.append("phase \(trainedStages)")
            return true
        }
        func batchLoaded(_ notes: BatchNotes, _ status: TrainingStatus) {
            lines.append("loaded \(notes.names.joined(separator: " "))")
        }
        func stepSkipped(_ notes: BatchNotes, _ status: TrainingStatus) {
            lines.append("skipped \(status.progress.batch)")
        }
        func stepTaken(_ status: TrainingStatus) { lines.append("taken \(status.progress.step)") }
        func stepsFinished(_ status: TrainingStatus) { lines.append("steps") }
        func epochFinished(_ epoch: FinishedEpoch, _ status: TrainingStatus) {
            lines.append("epoch \(epoch.record.epoch)\(epoch.isBest ? " best" : ""), \(epoch.failures.count)")
        }
        func runInterrupted(_ status: TrainingStatus) { lines.append("interrupted") }
    }

    private let model = Classifier(.resnet10Quarter, classCount: 3, seed: 1)
    private let notes = Notes()

    private func loop(
        _ configuration: TrainingConfiguration = SmallClassification.configuration(),
        source: SmallClassification = .init(),
        scores: [Double] = [0.5, 0.25], threads: Int = 1, progress: TrainingProgress? = nil,
        step: TrainingStep<Classifier>? = nil
    ) throws -> TrainingLoop<Classifier> {
        TrainingLoop(
            configuration, step: try step ?? configuration.step(model, pool: ThreadPool(threadCount: threads)),
            source: source, validation: GivenScores(scores), hooks: [notes], progress: progress)
    }

    @Test func hooksAreCalledInTurn() throws {
        var configuration = SmallClassification.configuration()
        configuration.frozenEpochs = 1
        let summary = try loop(configuration).run()
        #expect(
            notes.lines == [
                "started at 0", "phase 0", "loaded 0a 0b", "taken 1", "loaded 1a 1b", "taken 2", "steps",
                "epoch 1 best, 1", "phase 5", "loaded 0a 0b", "taken 3", "loaded 1a 1b", "taken 4", "steps",
                "epoch 2, 1",
            ])
        #expect(summary.bestEpoch == 1 && summary.epochs == 2 && !summary.wasInterrupted)
        #expect(summary.records.map { $0.metric("accuracy") } == [0.5, 0.25])
        #expect(summary.records.map { $0.losses.map(\.name) } == [["classification"], ["classification"]])
    }

    @Test func aRunThatIsStoppedGoesOnToTheSameBits() throws {
        _ = try loop().run()
        let expected = SmallClassification.weights(model)
        let other = Classifier(.resnet10Quarter, classCount: 3, seed: 1)
        let configuration = SmallClassification.configuration()
        let step = try configuration.step(other, pool: ThreadPool(threadCount: 2))
        notes.lines = []
        let first = try loop(step: step)
        var steps = 0
        let stopped = try first.run(
            shouldStop: { steps >= 3 }, report: { event in if case .step = event { steps += 1 } })
        #expect(stopped.wasInterrupted && notes.lines.last == "interrupted" && first.status.progress.step == 3)
        #expect(SmallClassification.weights(other) != expected)
        let ended = try loop(scores: [0.25], progress: first.status.progress, step: step).run()
        #expect(!ended.wasInterrupted && ended.records.count == 2)
        #expect(SmallClassification.weights(other) == expected)
    }

    /// What dropout takes away depends on the step that it is at.
    @Test func dropoutGoesOnToTheSameBits() throws {
        let text = "input 32 channels=3; conv 4 kernel=3 stride=2; relu; dropout 0.5; linear 3"
        let network = AnyBackboneArchitecture(try TextNetwork(text))
        let configuration = SmallClassification.configuration()
        func run(threads: Int, stopAfter limit: Int?) throws -> [[Float]] {
            let model = Classifier(network, classCount: 3, seed: 1)
            let step = try configuration.step(model, pool: ThreadPool(threadCount: threads))
            let first = try loop(step: step)
            var steps = 0
            let summary = try first.run(
                shouldStop: { limit.map { steps >= $0 } ?? false },
                report: { event in if case .step = event { steps += 1 } })
            #expect(summary.wasInterrupted == (limit != nil))
            if limit != nil { _ = try loop(scores: [0.5, 0.25], progress: first.status.progress, step: step).run() }
            return SmallClassification.weights(model)
        }
        let whole = try run(threads: 1, stopAfter: nil)
        #expect(try run(threads: 2, stopAfter: 1) == whole)
        #expect(try run(threads: 3, stopAfter: 3) == whole)
    }

    @Test func threadsChangeNoBit() throws {
        _ = try loop().run()
        let other = TrainingLoopTests()
        _ = try other.loop(threads: 3).run()
        #expect(SmallClassification.weights(model) == SmallClassification.weights(other.model))
    }

    /// A batch without a finite loss leaves weights and running statistics as they were.
    @Test func aStepWithoutFiniteLossIsUndone() throws {
        let before = SmallClassification.weights(model)
        var skipped: [Int] = []
        let summary = try loop(
            SmallClassification.configuration(epochs: 1), source: .init(batchCount: 1, damagedBatch: 0)
        ).run(report: { event in
            if case .stepSkipped(_, let batch, let images) = event { skipped += [batch, images.count] }
        })
        #expect(skipped == [1, 2])
        #expect(notes.lines.contains("skipped 0"))
        #expect(SmallClassification.weights(model) == before)
        #expect(summary.records[0].losses.isEmpty)
    }

    /// The batches of a step are averaged, and the last one of an epoch is a step in any case.
    @Test func stepsOfSeveralBatches() throws {
        var configuration = SmallClassification.configuration(epochs: 1)
        configuration.batchesPerStep = 2
        _ = try loop(configuration, source: .init(batchCount: 3)).run()
        #expect(notes.lines.filter { $0.hasPrefix("taken") } == ["taken 2", "taken 3"])
    }

    @Test func patienceEndsARun() throws {
        var configuration = SmallClassification.configuration(epochs: 9)
        configuration.patience = 2
        let summary = try loop(configuration, scores: [0.1, 0.3, 0.2, 0.3, 0.9]).run()
        #expect(summary.records.count == 4 && summary.bestEpoch == 2)
    }

    @Test func noUsableImageIsAnError() throws {
        struct Nothing: BatchSource {
            let imageCount = 7

            func batchCounts(epochs: Int) -> [Int] { [Int](repeating: 1, count: epochs) }
            func maker(epoch: Int) -> @Sendable (Int) -> BatchItem<[Int]> {
                { _ in BatchItem(batch: nil, notes: .init(failures: ["lost"])) }
            }
        }
        let configuration = SmallClassification.configuration()
        let loop = TrainingLoop(
            configuration, step: try configuration.step(model, pool: ThreadPool(threadCount: 1)), source: Nothing())
        let error = try #require(throws: TrainingError.self) { try loop.run() }
        #expect(error.kind == .data && error.problem.contains("none of the 7 training images"))
    }
}
