import NeedletailDatasets
import NeedletailFormats
import NeedletailKernels
import NeedletailModels

extension Trainer where M == DenseDetector {
    /// Prepares the run of a detector; everything that can be wrong with its input is found here.
    ///
    /// - Parameters:
    ///   - detector: Its weights are changed, and its criterion.
    ///   - validation: Measured after every epoch; its AP decides which epoch is best.
    ///   - folder: One that was made to resume is continued from its state.
    ///   - weights: What the detector's weights come from, for the record.
    ///   - process: Told in the folder; this one unless given.
    ///   - background: Images in which nothing is to be found, looked at with each validation.
    /// - Throws: ``TrainingError``, `EvaluationError`, `CheckpointError`.
    public convenience init(
        _ configuration: TrainingConfiguration, detector: DenseDetector, data: TrainingData, validation: Dataset?,
        folder: RunFolder, pool: ThreadPool, weights: StartingWeights? = nil, process: RunProcess? = nil,
        background: Dataset? = nil, options: RunOptions = RunOptions()
    ) throws {
        let detection = try validation.map {
            try DetectionValidation($0, categories: detector.configuration.categories, background: background)
        }
        detector.criterion = configuration.criterion(for: detector, data: data)
        let batches = DetectionBatches(data, transform: detector.inputTransform, configuration: configuration)
        try self.init(
            RunDescription(
                process: process ?? RunProcess(version: "", command: CommandLine.arguments, pool: pool),
                trainingDataset: data.source, validationDataset: validation?.provenance.path, weights: weights,
                run: RunIdentity(
                    training: configuration, model: detector.configuration, dataset: data.fingerprint,
                    trainedImages: data.count, trainedBoxes: data.boxCount,
                    validation: validation.map { DatasetFingerprint($0) })),
            model: detector,
            parts: Parts(
                source: batches,
                validation: detection,
                metrics: detection?.ownMetrics ?? DetectionValidation.metrics.filter { $0 != FalseAlarms.metric },
                prepare: { detector.scoreThresholds = detection?.latest?.thresholds },
                writeFindings: { try detection?.writeFindings(to: folder) },
                conduct: ClosingEpochs(
                    batches, detector: detector,
                    closingCriterion: configuration.criterion(
                        for: detector, data: data, addsL1: configuration.addsL1)),
                pictures: RunPictures(
                    folder, data: data, detector: detector.configuration, validation: detection)),
            folder: folder, pool: pool, options: options)
    }
}

extension DetectionValidation {
    /// Writes what was found last, as COCO results.
    fileprivate func writeFindings(to folder: RunFolder) throws {
        guard let latest else { return }
        try folder.writing(folder.validation) {
            var writer = try COCOResultsWriter(path: folder.validation, categories: dataset.categories)
            let fileNames = Dictionary(dataset.images.map { ($0.id, $0.fileName) }) { first, _ in first }
            for entry in latest.entries { try writer.append(entry, fileName: fileNames[entry.imageID]) }
            try writer.finish()
        }
    }
}

extension TrainingConfiguration {
    /// What the run makes small.
    func criterion(for detector: DenseDetector, data: TrainingData, addsL1: Bool = false) -> any DenseLoss {
        var options = DenseLossOptions(
            boxWeight: boxLossWeight,
            classWeights: classWeighting.weights(
                boxCounts: data.boxCounts(classCount: detector.configuration.categories.count + 1)),
            boxLoss: boxLoss, classificationLoss: classificationLoss, addsL1: addsL1)
        if let assignment { options.assignment = assignment }
        return detector.configuration.network.makeLoss(options)
    }
}
