/// What a loop shows of itself to its hooks.
public final class TrainingStatus {
    public let configuration: TrainingConfiguration
    public package(set) var progress: TrainingProgress
    /// The first step of each epoch that is planned, and at last the number of all steps.
    let firstSteps: [Int]
    /// Of the hooks at the end of the latest epoch.
    var hookSeconds = 0.0
    /// Asks whether a person wants the run to stop.
    public internal(set) var shouldStop: () -> Bool = { false }
    /// Says what happens to whoever shows it.
    public package(set) var report: (TrainingEvent) -> Void = { _ in }

    package init(_ configuration: TrainingConfiguration, progress: TrainingProgress?, batchCounts: [Int]) {
        self.configuration = configuration
        self.progress = progress ?? TrainingProgress(configuration)
        firstSteps = batchCounts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
    }

    /// Batches of the epoch in progress.
    public var batchCount: Int { firstSteps[progress.epoch + 1] - firstSteps[progress.epoch] }

    /// The rate of the step in progress.
    public var learningRate: Float { learningRate(step: progress.step) }

    func learningRate(step: Int) -> Float {
        let planned = progress.position.plannedStep(step)
        return configuration.schedule.rate(
            step: planned, epoch: firstSteps.dropLast().lastIndex { $0 <= planned } ?? 0,
            totalSteps: firstSteps.last ?? 0, plateauFactor: progress.plateau?.factor ?? 1)
    }

    /// The steps of the epoch in progress that are to come: the batches of each, whose gradients are averaged.
    var steps: [Range<Int>] {
        stride(from: progress.batch, to: batchCount, by: configuration.batchesPerStep).map {
            $0..<min($0 + configuration.batchesPerStep, batchCount)
        }
    }

    /// Whether the epoch in progress is one of the last, which are otherwise: see `TrainingConfiguration.closingEpochs`.
    public var isClosing: Bool { progress.epoch >= progress.position.lastEpoch - configuration.closingEpochs }

    /// Whether the last epoch is over, or validation has not improved for as long as was asked for.
    var isDone: Bool {
        if progress.epoch >= progress.position.lastEpoch { return true }
        guard let patience = configuration.patience, let best = summary.bestEpoch else { return false }
        return progress.epoch - best >= patience
    }

    /// What there is to say of the run so far.
    public var summary: TrainingSummary {
        func metric(_ record: EpochRecord) -> Double { record.metrics.first?.value ?? -1 }
        let best = progress.records.filter { !$0.metrics.isEmpty }
            .max { (metric($0), $1.epoch) < (metric($1), $0.epoch) }
        return TrainingSummary(
            records: progress.records, epochs: progress.position.lastEpoch, bestEpoch: best?.epoch,
            wasInterrupted: !isOver)
    }

    /// Whether the loop has come to its end.
    var isOver = false
}

/// How a run ended.
public struct TrainingSummary: Sendable {
    public var records: [EpochRecord]
    /// How many the run was to have; fewer than were planned where a budget ended it earlier.
    public var epochs: Int
    /// The epoch with the best first metric, counted from 1; nil without validation.
    public var bestEpoch: Int?
    /// Whether it was stopped before its last epoch.
    public var wasInterrupted: Bool
}
