import NeedletailDatasets
import NeedletailFormats
import NeedletailGraph
import NeedletailKernels
import NeedletailModels
import NeedletailRuntime

/// Fine-tunes a detector on a dataset and keeps what a person needs of the run in a folder.
///
/// The same seed gives the same weights, bit for bit, at any number of threads and whether or not the run was
/// interrupted and resumed. Everything in the folder follows from the state, which is written last, so that a run which is
/// killed between two files writes both again, with the same content, when it is resumed.
public final class Trainer {
    private let loop: TrainingLoop<DenseDetector>
    private let folder: RunFolder
    private let description: RunDescription
    private let log: RunLog

    /// Prepares a run; everything that can be wrong with its input is found here.
    ///
    /// - Parameters:
    ///   - detector: Its weights are changed, and its criterion.
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
        secondsBetweenStates: Double = 300, featureCacheLimit: Int = 8 << 30
    ) throws {
        self.folder = folder
        let detection = try validation.map {
            try DetectionValidation($0, categories: detector.configuration.categories)
        }
        if case .plateau = configuration.schedule.decay, validation == nil {
            throw TrainingError(
                .configuration,
                problem: "a learning rate that falls when validation stops to improve needs a validation dataset",
                remedy: "Give one, or choose another schedule.")
        }
        description = RunDescription(
            process: process ?? RunProcess(version: "", command: CommandLine.arguments, pool: pool),
            trainingDataset: data.source, validationDataset: validation?.provenance.path, weights: weights,
            run: RunIdentity(
                training: configuration, detector: detector.configuration, dataset: data.fingerprint,
                trainedImages: data.count, trainedBoxes: data.boxCount,
                validation: validation.map { DatasetFingerprint($0) }))
        detector.criterion = configuration.criterion(for: detector, data: data)
        let step = try configuration.step(detector, pool: pool)
        let state =
            folder.hasState ? try TrainingState.read(folder.state, expecting: description.run, into: step) : nil
        if folder.startsOver {
            let differences = description.differences(fromRunIn: folder)
            if !differences.isEmpty { throw TrainingError(refusing: folder.path, differences: differences) }
        }
        let sizes = RunFolder.Sizes(step)
        try folder.requireSpace(for: sizes)

        let batches = DetectionBatches(data, transform: detector.inputTransform, configuration: configuration)
        let files = DetectorFiles(step, folder: folder, validation: detection)
        log = RunLog(
            folder, process: description.process, start: (state?.logBytes ?? 0, state?.augmentationBytes ?? 0))
        let features = FeatureKeeping(
            step, batches: batches, folder: folder, limit: featureCacheLimit, sizes: sizes,
            decisions: state?.keepsFeatures ?? [:])
        let divergence = DivergenceGuard(detector.parameters, folder: folder, writeLast: files.writeLast)
        loop = TrainingLoop(
            configuration, step: step, source: batches, validation: detection,
            hooks: [
                features, files,
                ResultsTable(folder, lossTerms: detector.lossTerms, metrics: DetectionValidation.metrics),
                RunPictures(folder, data: data, detector: detector.configuration, validation: detection), log,
                divergence,
                StateWriter(
                    step, folder: folder, identity: description.run, log: log, features: features,
                    divergence: divergence, secondsBetween: secondsBetweenStates),
            ], progress: state?.progress)
    }

    /// Trains to the last epoch, or until `shouldStop` is true after a step: then the state is written to resume
    /// from. It is kept in any case, until ``finish()``.
    ///
    /// - Throws: ``TrainingError`` when a file cannot be written, no image can be used, or losses are not finite.
    public func run(
        shouldStop: @escaping () -> Bool = { false }, report: @escaping (TrainingEvent) -> Void = { _ in }
    ) throws -> TrainingSummary {
        if !folder.hasState { try description.write(to: folder) }
        return try loop.run(shouldStop: shouldStop, report: report)
    }

    /// Ends a run that ``run(shouldStop:report:)`` has brought to its last epoch, once everything else that is to be
    /// made of it is in the folder: there will be nothing to resume.
    public func finish() throws {
        try log.finish(bestEpoch: loop.status.summary.bestEpoch)
        folder.removeState()
    }
}

extension TrainingConfiguration {
    /// What the run makes small.
    func criterion(for detector: DenseDetector, data: TrainingData) -> any DenseLoss {
        var options = DenseLossOptions(
            boxWeight: boxLossWeight,
            classWeights: classWeighting.weights(
                boxCounts: data.boxCounts(classCount: detector.configuration.categories.count + 1)),
            boxLoss: boxLoss, classificationLoss: classificationLoss)
        if let assignment { options.assignment = assignment }
        return detector.configuration.network.makeLoss(options)
    }
}

extension RunFolder.Sizes {
    init(_ step: TrainingStep<DenseDetector>) {
        detector = step.model.parameters.parameters.reduce(0) { $0 + $1.count } * MemoryLayout<Float>.stride
        state = detector + (step.optimizer?.stateByteCount ?? 0) + (step.average?.byteCount ?? 0)
    }
}
