import NeedletailDatasets
import NeedletailEvaluation
import NeedletailKernels
import NeedletailModels
import NeedletailProcesses

/// From pictures and a recipe to a classifier, in a folder:
///
///     let pictures = try ClassificationDataset.read("flowers")
///     let session = try ClassificationSession(ClassificationMaterial(pictures), folder: "run")
///     try session.run()
///     let classifier = try Classifier(contentsOf: session.folder.best)
public final class ClassificationSession {
    public let configuration: TrainingConfiguration
    /// Its weights are those of the latest step.
    public let classifier: Classifier
    public let folder: RunFolder
    private let trainer: Trainer<Classifier>

    /// Prepares a run; everything that can be wrong with its input is found here.
    ///
    /// - Parameters:
    ///   - folder: Where the run's files go; made if it is not there.
    ///   - resumes: Whether the folder's run is to be continued.
    ///   - seed: Of everything random.
    ///   - process: Told in the folder; this one unless given.
    ///   - report: Is told what is made ready.
    /// - Throws: ``TrainingError``, `CheckpointError`, `ParameterMismatch`.
    public init(
        _ material: ClassificationMaterial, recipe: ClassificationRecipe = ClassificationRecipe(), folder: String,
        resumes: Bool = false, seed: UInt64 = 0, pool: ThreadPool = ThreadPool(threadCount: ThreadPool.processorCount),
        process: RunProcess? = nil, options: RunOptions = RunOptions(), report: (TrainingEvent) -> Void = { _ in }
    ) throws {
        if options.group.isFirst { try RunFolder.check(path: folder, resumes: resumes) }
        let (classifier, initialization) = try recipe.makeClassifier(for: material, seed: seed, pool: pool)
        // A small network needs no weights to start from.
        if let initialization { report(.detectorMade(initialization)) }
        classifier.criterion = recipe.criterion(for: classifier)
        var recipe = recipe
        func makeConfiguration() -> TrainingConfiguration {
            recipe.configuration(for: classifier, material: material, seed: seed)
        }
        if let budget = recipe.budget {
            recipe.epochs = try Self.epochs(
                within: budget, makeConfiguration(), classifier, material, folder: folder, resumes: resumes, pool: pool,
                group: options.group, report: report)
        }
        let configuration = makeConfiguration()
        try configuration.check(isValidated: material.validation != nil)
        self.configuration = configuration
        self.classifier = classifier
        let runFolder = try RunFolder(path: folder, resumes: resumes, group: options.group)
        self.folder = runFolder
        let source = PictureBatches(
            material.training, transform: classifier.inputTransform, configuration: configuration)
        let validation = material.validation.map {
            ClassificationValidation($0, transform: classifier.inputTransform)
        }
        trainer = try Trainer(
            RunDescription(
                process: process ?? RunProcess(version: "", command: CommandLine.arguments, pool: pool),
                trainingDataset: material.training.path, validationDataset: material.validation?.path,
                weights: material.weights,
                run: RunIdentity(
                    training: configuration, model: classifier.configuration,
                    dataset: DatasetFingerprint(material.training), trainedImages: material.training.items.count,
                    trainedBoxes: nil, validation: material.validation.map { DatasetFingerprint($0) })),
            model: classifier,
            parts: .init(
                source: source, validation: validation, metrics: ClassificationValidation.metrics,
                writeFindings: {
                    guard let pictures = validation?.latest?.pictures else { return }
                    try runFolder.write(
                        ClassificationTable(classes: classifier.configuration.classes).text(pictures),
                        to: runFolder.classes)
                },
                pictures: ClassificationPictures(
                    runFolder, material: material, classifier: classifier, validation: validation)),
            folder: runFolder, pool: pool, options: options)
        if runFolder.startsOver { report(.startsOver(folder: folder)) }
        report(
            .classifierPrepared(
                classifier.configuration, images: material.training.items.count, epochs: configuration.epochs,
                batches: source.batchCounts(epochs: 1)[0]))
    }

    /// The epochs that a time allows; a run that is resumed has those that were planned when it began.
    private static func epochs(
        within budget: Double, _ configuration: TrainingConfiguration, _ classifier: Classifier,
        _ material: ClassificationMaterial, folder: String, resumes: Bool, pool: ThreadPool,
        group: any ProcessGroup, report: (TrainingEvent) -> Void
    ) throws -> Int {
        if resumes, let planned = RunFolder.plannedEpochs(in: folder) { return planned }
        let pace = try TrainingPace(
            configuration, model: classifier,
            source: PictureBatches(
                material.training, transform: classifier.inputTransform, configuration: configuration), pool: pool,
            group: group
        ) {
            guard let validation = material.validation else { return 0 }
            let count = min(8, validation.items.count)
            let part = validation.selecting(Array(0..<count))
            let outcome = try ClassificationValidation.classify(part, by: classifier, pool: pool)
            return (outcome?.seconds ?? 0) * Double(validation.items.count) / Double(max(count, 1))
        }
        let epochs = try pace.epochs(within: budget)
        report(.epochsPlanned(epochs, within: budget, pace))
        return epochs
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
