import NeedletailDatasets
import NeedletailModels
import NeedletailEvaluation
import NeedletailKernels
import NeedletailGraph
import NeedletailRuntime

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Fine-tunes a detector on a dataset and keeps what a person needs of the run in a folder.
///
/// The same seed gives the same weights, bit for bit, at any number of threads and whether or not the run was
/// interrupted and resumed.
public final class Trainer {
    /// How a run ended.
    public struct Summary: Sendable {
        public var records: [EpochRecord]
        /// How many the run was to have; fewer than were planned where a budget ended it earlier.
        public var epochs: Int
        /// The epoch of ``RunFolder/best``, counted from 1; nil without validation.
        public var bestEpoch: Int?
        /// Whether it was stopped before its last epoch.
        public var wasInterrupted: Bool
    }

    let configuration: TrainingConfiguration
    let detector: DenseDetector
    let data: TrainingData
    let validation: Dataset?
    let folder: RunFolder
    let pool: ThreadPool
    let description: RunDescription
    /// Seconds between states from which the run can go on.
    let secondsBetweenStates: Double
    let featureCacheLimit: Int
    /// Sizes of the files that a run writes.
    let detectorBytes: Int
    let stateBytes: Int

    var gradients: ParameterGradients
    /// Batches whose gradients have been added up.
    private var gradientCount = 0
    let optimizer: Optimizer
    let average: WeightAverage?
    var features: FrozenFeatures?
    /// Layers of the backbone that ``gradients`` are of; nil before the first epoch.
    var trainedLayers: Int?
    let order: EpochOrder
    /// The first step of each epoch that is planned, and at last the number of all steps.
    let firstSteps: [Int]
    /// Of the output columns; nil when all count alike.
    private let classWeights: [Float]?
    var plans = PlanCache(capacity: 8, memoryLimit: 4 << 30)
    var state: TrainingState
    let log: RunLog
    let augmentationLog: LineLog
    var lastState = ContinuousClock.now
    /// Of the files at the end of the latest epoch.
    var writingSeconds = 0.0

    /// Prepares a run; everything that can be wrong with its input is found here.
    ///
    /// - Parameters:
    ///   - detector: Its weights are changed.
    ///   - validation: Measured after every epoch; its AP decides which epoch is best.
    ///   - folder: One that was made to resume is continued from its state.
    ///   - weights: What the detector's weights come from, for the record.
    ///   - process: Told in the folder; this one unless given.
    ///   - secondsBetweenStates: How much work a killed run may lose.
    ///   - featureCacheLimit: Bytes of the disk that what frozen layers compute of the images may take. A run
    ///     that is resumed does as it began.
    /// - Throws: ``TrainingError``, `EvaluationError`, `CheckpointError`.
    public init(
        _ configuration: TrainingConfiguration, detector: DenseDetector, data: TrainingData, validation: Dataset?,
        folder: RunFolder, pool: ThreadPool, weights: RunDescription.Weights? = nil, process: RunProcess? = nil,
        secondsBetweenStates: Double = 300,
        featureCacheLimit: Int = 8 << 30
    ) throws {
        self.configuration = configuration
        self.detector = detector
        self.data = data
        self.validation = validation
        self.folder = folder
        self.pool = pool
        self.secondsBetweenStates = secondsBetweenStates
        self.featureCacheLimit = featureCacheLimit
        log = RunLog(path: folder.log)
        augmentationLog = LineLog(path: folder.augmentation)
        if let validation {
            _ = try CategoryMap.numbers(of: validation, categories: detector.configuration.categories)
            try validation.checkForEvaluation()
        }
        if case .plateau = configuration.schedule.decay, validation == nil {
            throw TrainingError(
                "a learning rate that falls when validation stops to improve needs a validation dataset. Give one, or "
                    + "choose another schedule.")
        }
        description = RunDescription(
            process: process ?? RunProcess(version: "", command: CommandLine.arguments, pool: pool),
            trainingDataset: data.source, validationDataset: validation?.provenance.path, weights: weights,
            run: RunIdentity(
                training: configuration, detector: detector.configuration, dataset: data.fingerprint,
                trainedImages: data.count, trainedBoxes: data.boxCount,
                validation: validation.map { DatasetFingerprint($0) }))
        order = EpochOrder(data, configuration: configuration)
        firstSteps = order.batchCounts(epochs: configuration.epochs).reduce(into: [0]) {
            $0.append(($0.last ?? 0) + $1)
        }
        classWeights = configuration.classWeighting.weights(
            boxCounts: data.boxCounts(columns: detector.configuration.network.classCount))
        let trained = detector.network.trainedParameters(backboneLayers: configuration.trainableLayers)
        gradients = ParameterGradients(parameters: [])
        let backbone = Set(detector.network.groups.filter(\.isBackbone).flatMap(\.parameters))
        optimizer = Optimizer(configuration.optimizer, parameters: trained) { parameter in
            .init(learningRate: backbone.contains(parameter) ? configuration.backboneRateFactor : 1)
        }
        average = configuration.weightAverageDecay.map {
            WeightAverage(of: Self.averagedParameters(detector, trained: trained), decay: $0)
        }
        state =
            folder.hasState
            ? try TrainingState.read(
                folder.state, expecting: description.run, detector: detector, optimizer: optimizer, average: average)
            : TrainingState(identity: description.run)
        if folder.startsOver {
            let differences = description.differences(fromRunIn: folder)
            if !differences.isEmpty { throw TrainingError(refusing: folder.path, differences: differences) }
        }
        detectorBytes = detector.network.parameters.parameters.reduce(0) { $0 + $1.count } * MemoryLayout<Float>.stride
        stateBytes = detectorBytes + optimizer.stateByteCount + (average?.byteCount ?? 0)
        try folder.requireSpace(detector: detectorBytes, state: stateBytes)
    }

    /// Whether the last epoch is over, or validation has not improved for as long as was asked for.
    var isDone: Bool {
        if state.epoch >= state.position.lastEpoch { return true }
        guard let patience = configuration.patience, let best = summary(wasInterrupted: false).bestEpoch else {
            return false
        }
        return state.epoch - best >= patience
    }

    /// All that training changes: what the optimiser does, and the statistics of normalisation where they run.
    private static func averagedParameters(_ network: DenseDetector, trained: [Parameter]) -> [Parameter] {
        guard network.configuration.network.normalization == .trained else { return trained }
        return trained + network.parameters.parameters.filter { $0.role == .statistic }
    }

    /// Does something with the averaged weights in the network, if they are averaged.
    func withAverages<Result>(_ body: () throws -> Result) rethrows -> Result {
        average?.swap(pool: pool)
        defer { average?.swap(pool: pool) }
        return try body()
    }

    /// The rate of a step of the current epoch.
    func learningRate(step: Int) -> Float {
        let planned = state.position.plannedStep(step)
        return configuration.schedule.rate(
            step: planned, epoch: firstSteps.dropLast().lastIndex { $0 <= planned } ?? 0,
            totalSteps: firstSteps.last ?? 0, plateauFactor: state.plateau?.factor ?? 1)
    }

    /// Trains to the last epoch, or until `shouldStop` is true after a step: then the state is written to resume
    /// from. It is kept in any case, until ``finish()``.
    ///
    /// - Throws: ``TrainingError`` when a file cannot be written, no image can be used, or losses are not finite.
    public func run(shouldStop: () -> Bool = { false }, report: (TrainingEvent) -> Void = { _ in }) throws -> Summary {
        try begin(report: report)
        while !isDone {
            guard try enterPhase(shouldStop: shouldStop, report: report),
                try trainEpoch(shouldStop: shouldStop, report: report),
                let detection = try validate(shouldStop: shouldStop, report: report)
            else {
                try interrupt()
                return summary(wasInterrupted: true)
            }
            try finishEpoch(detection.value, report: report)
        }
        return summary(wasInterrupted: false)
    }

    /// Trains on the batches of the current epoch that are left; false when it was stopped.
    private func trainEpoch(shouldStop: () -> Bool, report: (TrainingEvent) -> Void) throws -> Bool {
        let loader = BatchLoader(
            data: data, transform: detector.configuration.transform, configuration: configuration, order: order,
            epoch: state.epoch, features: features, firstBatch: state.batch)
        defer { loader.cancel() }
        let clock = ContinuousClock()
        let start = clock.now
        let secondsBefore = state.epochSums.seconds
        report(
            .epochStarted(
                epoch: state.epoch + 1, of: state.position.lastEpoch, batches: state.batch..<loader.batchCount,
                secondsAfterwards: secondsAfterwards))
        while let item = loader.next() {
            for failure in item.failures {
                try log.setAside(reason: failure, epoch: state.epoch + 1)
                report(.imageSetAside(reason: failure))
            }
            try augmentationLog.append(item.draws.map(\.line))
            let rate = learningRate(step: state.step)
            if state.batch % configuration.batchesPerStep == 0 {
                gradients.reset()
                gradientCount = 0
            }
            let takesStep =
                (state.batch + 1) % configuration.batchesPerStep == 0 || state.batch + 1 == loader.batchCount
            if let batch = item.batch {
                if state.epoch == 0, state.epochSums.steps + state.epochSums.skipped == 0 {
                    drawSamples(report: report)
                }
                let losses = try step(batch, of: item, learningRate: rate, takesStep: takesStep)
                if losses.total.isFinite {
                    state.epochSums.classificationLoss += Double(losses.classification)
                    state.epochSums.boxLoss += Double(losses.boxes)
                    state.epochSums.steps += 1
                    state.skippedInRow = 0
                } else {
                    try skip(item.names, learningRate: rate, batches: loader.batchCount, report: report)
                }
                report(
                    .step(
                        .init(
                            epoch: state.epoch + 1, batch: state.batch + 1, batches: loader.batchCount,
                            losses: losses, learningRate: rate)))
            } else if takesStep {
                takeStep(learningRate: rate)
            }
            state.step += 1
            state.batch += 1
            state.epochSums.seconds = secondsBefore + start.duration(to: clock.now).seconds
            // In the midst of a step there are gradients, which the state does not hold.
            guard takesStep else { continue }
            if shouldStop() { return false }
            if lastState.duration(to: clock.now).seconds >= secondsBetweenStates { try writeState() }
        }
        guard state.epochSums.steps + state.epochSums.skipped > 0 else {
            throw TrainingError(
                "none of the \(data.count) training images could be used; the warnings above say why, image by image.")
        }
        try requireFiniteWeights()
        return true
    }

    /// Adds the gradients of a batch, and takes the optimiser's step when they are all there; everything stays as it is
    /// when the loss or its gradient is not finite.
    private func step(
        _ batch: TrainingBatch, of item: BatchLoader.Item, learningRate: Float, takesStep: Bool
    ) throws -> DetectionLosses {
        let shape = TensorShape(batch: batch.count, height: batch.height, width: batch.width, channels: 3)
        let plan = try plans.plan(for: shape) {
            guard let extent = features?.extent else {
                return try detector.plan(of: detector.network.graph, inputShapes: [TensorShape(batch: batch.count, height: batch.height, width: batch.width, channels: 3)], purpose: .training(gradients), pool: pool)
            }
            return try detector.plan(
                of: extent.cut.trained, inputShapes: extent.shapes.map { $0.with(batch: batch.count) },
                purpose: .training(gradients), pool: pool)
        }
        let statistics = RunningStatistics(of: detector.network.parameters)
        let loss = DenseLoss(
            boxLoss: detector.configuration.network.boxLoss, assignment: configuration.assignment,
            classWeights: classWeights, boxWeight: configuration.boxLossWeight)
        var losses: DetectionLosses
        if let features {
            features.fill(plan, with: item.images)
            losses = detector.stepOnInputs(plan: plan, batch: batch, loss: loss, pool: pool)
        } else {
            losses = detector.step(plan: plan, batch: batch, loss: loss, pool: pool)
        }
        if losses.total.isFinite {
            gradientCount += 1
        } else {
            statistics.restore()
        }
        if takesStep, !takeStep(learningRate: learningRate) {
            statistics.restore()
            losses.boxes = .nan
        }
        return losses
    }

    /// Takes the optimiser's step with the gradients that are there.
    ///
    /// - Returns: False when they are not finite; nothing is changed then.
    @discardableResult
    private func takeStep(learningRate: Float) -> Bool {
        guard gradientCount > 0 else { return true }
        if gradientCount > 1 { gradients.scale(by: 1 / Float(gradientCount), pool: pool) }
        guard gradients.clip(toNorm: configuration.gradientNormLimit ?? .infinity, pool: pool).isFinite else {
            return false
        }
        optimizer.step(gradients, learningRate: learningRate, pool: pool)
        average?.update(pool: pool)
        return true
    }

    /// A result that may be absent because there is nothing to validate on.
    private struct Validation {
        var value: DatasetDetection?
    }

    /// Nil when it was stopped.
    private func validate(shouldStop: () -> Bool, report: (TrainingEvent) -> Void) throws -> Validation? {
        guard let validation else { return Validation(value: nil) }
        let detection = try withAverages {
            try DatasetDetection.run(detector: detector, dataset: validation, pool: pool) { done in
                report(.validationProgress(done: done, of: validation.images.count))
                return !shouldStop()
            }
        }
        detector.releasePlans()
        return detection.map { Validation(value: $0) }
    }

    func summary(wasInterrupted: Bool) -> Summary {
        let best = state.records.filter { $0.averagePrecision != nil }
            .max { ($0.averagePrecision ?? -1, $1.epoch) < ($1.averagePrecision ?? -1, $0.epoch) }
        return Summary(
            records: state.records, epochs: state.position.lastEpoch, bestEpoch: best?.epoch,
            wasInterrupted: wasInterrupted)
    }
}
