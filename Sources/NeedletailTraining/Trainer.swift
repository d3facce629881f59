import NeedletailAnnotations
import NeedletailDetectors
import NeedletailEvaluation
import NeedletailKernels
import NeedletailNetworks
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
        /// The epoch of ``RunFolder/best``, counted from 1; nil without validation.
        public var bestEpoch: Int?
        /// Whether it was stopped before its last epoch.
        public var wasInterrupted: Bool
    }

    private let configuration: TrainingConfiguration
    private let detector: Detector
    private let data: TrainingData
    private let validation: Dataset?
    private let folder: RunFolder
    private let pool: ThreadPool

    private let gradients: ParameterGradients
    private let optimizer: Optimizer
    private let average: WeightAverage?
    private var plans = PlanCache(capacity: 8, memoryLimit: 4 << 30)
    private var state: TrainingState
    private var features: FrozenFeatures?
    /// Steps of the whole run.
    private let totalSteps: Int

    /// Prepares a run; everything that can be wrong with its input is found here.
    ///
    /// - Parameters:
    ///   - detector: Its weights are changed.
    ///   - validation: Measured after every epoch; its AP decides which epoch is best.
    ///   - resumes: Continue from the folder's state.
    /// - Throws: ``TrainingError``, `EvaluationError`, `CheckpointError`.
    public init(
        _ configuration: TrainingConfiguration, detector: Detector, data: TrainingData, validation: Dataset?,
        folder: RunFolder, resumes: Bool = false, pool: ThreadPool
    ) throws {
        self.configuration = configuration
        self.detector = detector
        self.data = data
        self.validation = validation
        self.folder = folder
        self.pool = pool
        if let validation {
            _ = try CategoryMap.numbers(of: validation, categories: detector.configuration.categories)
            try validation.checkForEvaluation()
        }
        if case .plateau = configuration.schedule.decay, validation == nil {
            throw TrainingError(
                "a learning rate that falls when validation stops to improve needs a validation dataset. Give one, or "
                    + "choose another schedule.")
        }
        totalSteps = (data.count + configuration.batchSize - 1) / configuration.batchSize * configuration.epochs
        let trained = detector.network.trainedParameters(backboneLayers: configuration.trainableLayers)
        gradients = ParameterGradients(parameters: trained)
        optimizer = Optimizer(configuration.optimizer, parameters: trained)
        average = configuration.weightAverageDecay.map {
            WeightAverage(of: Self.averagedParameters(detector.network, trained: trained), decay: $0)
        }
        state =
            resumes
            ? try TrainingState.read(
                folder.state, expecting: configuration, detector: detector, optimizer: optimizer, average: average)
            : TrainingState(configuration: configuration, detector: detector.configuration)
    }

    /// All that training changes: what the optimiser does, and the statistics of normalisation where they run.
    private static func averagedParameters(_ network: RetinaNet, trained: [Parameter]) -> [Parameter] {
        guard network.configuration.normalization == .trained else { return trained }
        return trained + network.parameters.parameters.filter { $0.role == .statistic }
    }

    /// Trains to the last epoch, or until `shouldStop` is true after a step: then the state is written to resume
    /// from.
    ///
    /// - Throws: ``TrainingError`` when a file cannot be written or no image can be used.
    public func run(shouldStop: () -> Bool = { false }, report: (TrainingEvent) -> Void = { _ in }) throws -> Summary {
        if state.epoch == 0, state.batch == 0 { try writeConfiguration() }
        guard try keepFrozenFeatures(shouldStop: shouldStop, report: report) else {
            return summary(wasInterrupted: true)
        }
        while state.epoch < configuration.epochs {
            let finished = try trainEpoch(shouldStop: shouldStop, report: report)
            guard finished,
                let detection = try withAverages({ try validate(shouldStop: shouldStop, report: report) })
            else {
                try writeState()
                try withAverages { try detector.write(to: folder.last) }
                return summary(wasInterrupted: true)
            }
            let record = try withAverages { try finishEpoch(detection.value, report: report) }
            try writeState()
            report(.epochFinished(record))
        }
        folder.removeState()
        return summary(wasInterrupted: false)
    }

    /// Does something with the averaged weights in the network, if they are averaged.
    private func withAverages<Result>(_ body: () throws -> Result) rethrows -> Result {
        average?.swap(pool: pool)
        defer { average?.swap(pool: pool) }
        return try body()
    }

    private func writeState() throws {
        try state.write(to: folder.state, network: detector.network, optimizer: optimizer, average: average)
    }

    /// The rate of a step of the current epoch.
    private func learningRate(step: Int) -> Float {
        configuration.schedule.rate(
            step: step, epoch: state.epoch, totalSteps: totalSteps, plateauFactor: state.plateau?.factor ?? 1)
    }

    /// Trains on the batches of the current epoch that are left; false when it was stopped.
    private func trainEpoch(shouldStop: () -> Bool, report: (TrainingEvent) -> Void) throws -> Bool {
        let loader = BatchLoader(
            data: data, transform: detector.configuration.transform, configuration: configuration,
            epoch: state.epoch, features: features, firstBatch: state.batch)
        defer { loader.cancel() }
        let clock = ContinuousClock()
        let start = clock.now
        let secondsBefore = state.trainingSeconds
        var usableBatches = state.batch
        report(.epochStarted(epoch: state.epoch + 1, batches: loader.batchCount))
        while let item = loader.next() {
            for failure in item.failures { report(.imageSetAside(reason: failure)) }
            try folder.append(item.draws)
            let rate = learningRate(step: state.step)
            if let batch = item.batch {
                usableBatches += 1
                let losses = try step(batch, of: item, learningRate: rate)
                if losses.total.isFinite {
                    state.classificationLossSum += Double(losses.classification)
                    state.boxLossSum += Double(losses.boxes)
                } else {
                    report(.stepSkipped(epoch: state.epoch + 1, batch: state.batch + 1))
                }
                report(
                    .step(
                        .init(
                            epoch: state.epoch + 1, batch: state.batch + 1, batches: loader.batchCount,
                            losses: losses, learningRate: rate)))
            }
            state.step += 1
            state.batch += 1
            state.trainingSeconds = secondsBefore + start.duration(to: clock.now).seconds
            if shouldStop() { return false }
        }
        guard usableBatches > 0 else {
            throw TrainingError(
                "none of the \(data.count) training images could be used; the warnings above say why, image by image.")
        }
        return true
    }

    /// One optimiser step; the weights stay as they are when the loss or its gradient is not finite.
    private func step(_ batch: TrainingBatch, of item: BatchLoader.Item, learningRate: Float) throws -> DetectionLosses
    {
        let shape = TensorShape(batch: batch.count, height: batch.height, width: batch.width, channels: 3)
        let plan = try plans.plan(for: shape) {
            guard let extent = features?.extent else {
                return try detector.network.trainingPlan(
                    batch: batch.count, height: batch.height, width: batch.width, gradients: gradients, pool: pool)
            }
            return try detector.network.plan(
                of: extent.cut.trained, inputShapes: extent.shapes.map { $0.with(batch: batch.count) },
                purpose: .training(gradients), pool: pool)
        }
        gradients.reset()
        let loss = RetinaNetLoss(
            boxLoss: detector.configuration.network.boxLoss, assignment: configuration.assignment)
        var losses: DetectionLosses
        if let features {
            features.fill(plan, with: item.images)
            losses = detector.network.stepOnInputs(plan: plan, batch: batch, loss: loss, pool: pool)
        } else {
            losses = detector.network.step(plan: plan, batch: batch, loss: loss, pool: pool)
        }
        guard losses.total.isFinite else { return losses }
        let norm = gradients.clip(toNorm: configuration.gradientNormLimit ?? .infinity, pool: pool)
        guard norm.isFinite else {
            losses.boxes = .nan
            return losses
        }
        optimizer.step(gradients, learningRate: learningRate, pool: pool)
        average?.update(pool: pool)
        return losses
    }

    /// Computes what the frozen layers make of all images, if that may be kept; false when it was stopped.
    private func keepFrozenFeatures(shouldStop: () -> Bool, report: (TrainingEvent) -> Void) throws -> Bool {
        guard let limit = configuration.featureCacheLimit,
            let extent = try FrozenFeatures.Extent(
                data: data, network: detector.network, transform: detector.configuration.transform,
                configuration: configuration, gradients: gradients),
            extent.byteCount <= limit
        else { return true }
        report(.featuresStarted(images: extent.imageCount, bytes: extent.byteCount))
        features = try FrozenFeatures(
            extent, data: data, network: detector.network, transform: detector.configuration.transform,
            folder: folder, pool: pool
        ) { done, total in
            report(.featuresProgress(done: done, of: total))
            return !shouldStop()
        }
        return features != nil
    }

    /// A result that may be absent because there is nothing to validate on.
    private struct Validation {
        var value: DatasetDetection?
    }

    /// Nil when it was stopped.
    private func validate(shouldStop: () -> Bool, report: (TrainingEvent) -> Void) throws -> Validation? {
        guard let validation else { return Validation(value: nil) }
        let detection = try DatasetDetection.run(detector: detector, dataset: validation, pool: pool) { done in
            report(.validationProgress(done: done, of: validation.images.count))
            return !shouldStop()
        }
        detector.network.releasePlans()
        return detection.map { Validation(value: $0) }
    }

    /// Notes the epoch's results and writes the files that hold them.
    private func finishEpoch(
        _ detection: DatasetDetection?, report: (TrainingEvent) -> Void
    ) throws -> EpochRecord {
        let batches = Double(max(state.batch, 1))
        let statistics = detection?.result.statistics
        let record = EpochRecord(
            epoch: state.epoch + 1, classificationLoss: Float(state.classificationLossSum / batches),
            boxLoss: Float(state.boxLossSum / batches),
            learningRate: learningRate(step: max(state.step - 1, 0)),
            averagePrecision: statistics?.averagePrecision, averagePrecision50: statistics?.averagePrecision50,
            averagePrecision75: statistics?.averagePrecision75, trainingSeconds: state.trainingSeconds,
            validationSeconds: detection?.seconds ?? 0)
        state.records.append(record)
        if let statistics { state.plateau?.update(metric: statistics.averagePrecision) }
        state.epoch += 1
        state.batch = 0
        state.classificationLossSum = 0
        state.boxLossSum = 0
        state.trainingSeconds = 0
        for failure in detection?.failures ?? [] { report(.imageSetAside(reason: failure)) }
        try detector.write(to: folder.last)
        // Without validation the last epoch is the best that is known.
        let precision = statistics?.averagePrecision ?? .infinity
        if precision > state.bestPrecision || detection == nil {
            state.bestPrecision = detection == nil ? -1 : precision
            try detector.write(to: folder.best)
            if let detection, let validation {
                var writer = try CocoResultsWriter(path: folder.validation, categories: validation.categories)
                for entry in detection.entries { try writer.append(entry) }
                try writer.finish()
            }
        }
        try folder.writeResults(state.records)
        return record
    }

    private func writeConfiguration() throws {
        struct Content: Encodable {
            var training: TrainingConfiguration
            var detector: Detector.Configuration
            var images: Int
            var boxes: Int
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let content = Content(
            training: configuration, detector: detector.configuration, images: data.count, boxes: data.boxCount)
        try folder.write(try encoder.encode(content), to: folder.configuration)
    }

    private func summary(wasInterrupted: Bool) -> Summary {
        let best = state.records.filter { $0.averagePrecision != nil }
            .max { ($0.averagePrecision ?? -1, $1.epoch) < ($1.averagePrecision ?? -1, $0.epoch) }
        return Summary(records: state.records, bestEpoch: best?.epoch, wasInterrupted: wasInterrupted)
    }
}
