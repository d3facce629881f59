import NeedletailDatasets
import NeedletailFormats
import NeedletailKernels
import NeedletailModels

/// From datasets and a recipe to a detector, in a folder:
///
///     let session = try TrainingSession(cells, validation: others, weights: "resnet18.pth", recipe: .fast, folder: "run")
///     try session.run()
///     let detector = try DenseDetector(contentsOf: session.folder.best)
public final class TrainingSession {
    public let configuration: TrainingConfiguration
    /// Its weights are those of the latest step.
    public let detector: DenseDetector
    public let folder: RunFolder
    private let trainer: Trainer<DenseDetector>

    /// Prepares a run; everything that can be wrong with its input is found here.
    ///
    /// - Parameters:
    ///   - validation: Measured after every epoch; its AP decides which epoch is best.
    ///   - weights: A file of weights to start from, a classifier's or a detector's.
    ///   - folder: Where the run's files go; made if it is not there.
    ///   - resumes: Whether the folder's run is to be continued.
    ///   - seed: Of everything random.
    /// - Throws: ``TrainingError``, `EvaluationError`, `CheckpointError`, `ParameterMismatch`.
    public convenience init(
        _ dataset: Dataset, validation: Dataset? = nil, weights: String? = nil, recipe: TrainingRecipe = .balanced,
        folder: String, resumes: Bool = false, seed: UInt64 = 0
    ) throws {
        try RunFolder.check(path: folder, resumes: resumes)
        try self.init(
            TrainingMaterial(
                dataset, validation: validation, weights: weights, keepsEmptyImages: recipe.keepsEmptyImages),
            recipe: recipe, folder: folder, resumes: resumes, seed: seed)
    }

    /// As ``init(_:validation:weights:recipe:folder:resumes:seed:)``, with all that a program may decide.
    ///
    /// - Parameters:
    ///   - epochs: Of the run, where they are known: then the recipe's budget only ends it earlier.
    ///   - process: Told in the folder; this one unless given.
    ///   - options: What decides no bit of the result.
    ///   - report: Is told what is made ready.
    public init(
        _ material: TrainingMaterial, recipe: TrainingRecipe, folder: String, resumes: Bool = false, seed: UInt64 = 0,
        epochs: Int? = nil, pool: ThreadPool = ThreadPool(threadCount: ThreadPool.processorCount),
        process: RunProcess? = nil, options: RunOptions = RunOptions(), report: (TrainingEvent) -> Void = { _ in }
    ) throws {
        let (detector, initialization) = try recipe.makeDetector(for: material, seed: seed, pool: pool)
        report(.detectorMade(initialization))
        var recipe = recipe
        func makeConfiguration() -> TrainingConfiguration {
            recipe.configuration(
                imageCount: material.data.count, isPretrained: material.checkpoint != nil, seed: seed)
        }
        let known =
            try epochs
            ?? recipe.budget.map { budget in
                // A run that is resumed has those that were planned when it began.
                if resumes, let planned = RunFolder.plannedEpochs(in: folder) { return planned }
                let pace = try TrainingPace(
                    makeConfiguration(), detector: detector, data: material.data, validation: material.validation,
                    pool: pool, group: options.group)
                let epochs = try pace.epochs(within: budget)
                report(.epochsPlanned(epochs, within: budget, pace))
                return epochs
            }
        if let known { (recipe.epochs, recipe.leastViews) = (known, 0) }
        configuration = makeConfiguration()
        try configuration.check(isValidated: material.validation != nil)
        self.detector = detector
        self.folder = try RunFolder(path: folder, resumes: resumes, group: options.group)
        trainer = try Trainer(
            configuration, detector: detector, data: material.data, validation: material.validation,
            folder: self.folder, pool: pool, weights: material.weights, process: process,
            background: material.background, options: options)
        if self.folder.startsOver { report(.startsOver(folder: folder)) }
        report(
            .prepared(
                detector.configuration, images: material.data.count, boxes: material.data.boxCount,
                epochs: configuration.epochs,
                batches: EpochOrder(material.data, configuration: configuration).batchCount(epoch: 0)))
    }

    /// Trains to the last epoch, or until `shouldStop` is true after a step: then the folder's run can be resumed.
    ///
    /// - Parameter completion: Makes whatever else is to be in the folder, before the run counts as finished; of several
    ///   processes only the first does.
    /// - Throws: ``TrainingError`` when a file cannot be written, no image can be used, or losses are not finite.
    @discardableResult
    public func run(
        shouldStop: @escaping () -> Bool = { false }, report: @escaping (TrainingEvent) -> Void = { _ in },
        completion: (TrainingSummary) -> Void = { _ in }
    ) throws -> TrainingSummary {
        let summary = try trainer.run(shouldStop: shouldStop, report: report)
        if !summary.wasInterrupted {
            if trainer.group.isFirst { completion(summary) }
            try trainer.finish()
        }
        return summary
    }
}

extension TrainingConfiguration {
    /// - Throws: ``TrainingError`` for what contradicts itself only together with the datasets.
    func check(isValidated: Bool) throws {
        if frozenEpochs >= epochs {
            throw TrainingError(
                .configuration, problem: "the backbone would be frozen in all of the \(epochs) epochs",
                remedy: "Give fewer \(setting: .frozenEpochs) than \(frozenEpochs), or \(setting: .trainableLayers) 0.")
        }
        if patience != nil, !isValidated {
            throw TrainingError(
                .configuration, problem: "patience looks at the validation dataset, and there is none",
                remedy: "Give one with \(setting: .validation).")
        }
    }
}
