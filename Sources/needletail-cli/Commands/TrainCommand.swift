import ArgumentParser
import Needletail
import NeedletailKernels

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Fine-tune a detector on a dataset.",
        discussion: """
            Starts from the weights of a classifier (PyTorch or safetensors) or of another detector, trains, and \
            measures every epoch on the validation dataset. The output folder holds best.safetensors and \
            last.safetensors, results.csv with curves.png, samples.png, what the network sees, predictions.png and \
            validation.json, what the best detector finds, report.html, a page about it, configuration.json and \
            log.jsonl, what was done. Both datasets are looked over first, as 'check' does it without decoding images. \
            Ctrl-C ends the run after the current step; --resume continues it, also after a crash, to the bits of a \
            run that was never stopped.

            EXAMPLE
              needletail train cells/train.json --validation cells/val.json \\
                  --images BCCD/JPEGImages --model retinanet-resnet18 \\
                  --weights weights/resnet18-f37072fd.pth --size 320 \\
                  --epochs 12 --output runs/cells
            """)

    @Argument(help: "The training dataset: a file or folder of any format.")
    var dataset: String

    @Option(help: "The folder of the image files, of training and validation.")
    var images: String?

    @Option(help: "The validation dataset.")
    var validation: String?

    @Option(help: "The folder of the validation images, if it is another one.")
    var validationImages: String?

    @Option(help: "Weights to start from: a classifier's or a detector's.")
    var weights: String?

    @OptionGroup(title: "WHAT IS TRAINED, AND HOW") var options: RecipeOptions

    @OptionGroup(title: "HOW OFTEN IMAGES ARE SEEN, AND CLASSES COUNT") var sampling: SamplingOptions

    @Flag(inversion: .prefixedNo, help: "Keep what frozen layers compute of the images, where it stays the same.")
    var cache = true

    @Option(help: "The seed of everything random.")
    var seed: UInt64 = 0

    @Flag(help: "Continue the run in the output folder.")
    var resume = false

    @Option(
        help: ArgumentHelp(
            "Seconds of training that a run which is killed may lose.",
            discussion: "So often a state is written to resume from; besides at the end of every epoch."))
    var saveEvery = 300.0

    @Flag(inversion: .prefixedNo, help: "Look for faults of both datasets first, without decoding images.")
    var check = true

    @Option(help: "The folder of the run.")
    var output: String

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        if saveEvery < 0 { throw ValidationError("--save-every takes a number of seconds from 0.") }
    }

    func run() throws {
        let console = outputOptions.console
        Interruption.watch()
        try RunFolder.check(path: output, resumes: resume)
        let augmentation = try options.augment.map { try AugmentationArgument.policy($0) }
        let training = try Dataset.read(dataset, images: images)
        let validationData = try validation.map { try Dataset.read($0, images: validationImages ?? images) }
        try checkImages(training, "--images")
        if let validationData { try checkImages(validationData, "--validation-images") }
        if check {
            let checked = validation.flatMap { name in validationData.map { (name: name, dataset: $0) } }
            try DatasetPrecheck(training: (dataset, training), validation: checked, images: images)
                .run(console: console)
        }
        guard !training.categories.isEmpty else {
            throw CommandError("\(dataset): the dataset has no categories. Name what is to be found in 'categories'.")
        }
        let categories = training.categories.enumerated().map {
            Detector.Category(id: $1.number, name: $1.name, column: $0 + 1)
        }
        let data = try TrainingData(training, categories: categories, keepsEmptyImages: sampling.keepEmpty)
        console.warn(of: data.setAside, heading: "not trained on (\(data.setAside.count)):")

        let checkpoint = try weights.map { try Checkpoint(contentsOf: $0) }
        let recipe = options.recipe(source: try checkpoint.flatMap { try Detector.configuration(of: $0) })
        let detector = try makeDetector(
            recipe, categories: categories, data: data, checkpoint: checkpoint, console: console)
        let pool = try threads.makePool()
        var configuration = configuration(recipe, imageCount: data.count, augmentation: augmentation)
        if let budget = options.budget {
            configuration.budget = budget.seconds
            configuration.epochs = try plannedEpochs(
                within: budget.seconds, configuration, detector: detector, data: data, validation: validationData,
                pool: pool, console: console)
            configuration.schedule = recipe.schedule(imageCount: data.count, epochs: configuration.epochs)
        }
        try checkTogether(configuration)

        let folder = try RunFolder(path: output, resumes: resume)
        let trainer = try Trainer(
            configuration, detector: detector, data: data, validation: validationData, folder: folder, pool: pool,
            weights: weights.map { .init(path: $0, sha256: try? Checksum.sha256(ofFile: $0)) },
            process: RunProcess(
                version: Needletail.configuration.version, command: CommandLine.arguments, pool: pool),
            secondsBetweenStates: saveEvery, featureCacheLimit: cache ? 8 << 30 : 0)
        if folder.startsOver {
            console.note("\(output): the run in this folder ended before its first state; it starts from the beginning")
        }
        console.note(
            "training \(Self.name(of: detector.configuration.network)) on \(data.count) images with \(data.boxCount) boxes, "
                + "\(configuration.epochs) epochs of \((data.count + recipe.batchSize - 1) / recipe.batchSize) batches, "
                + "\(pool.threadCount) threads")
        var report = TrainingReport(console: console, epochs: configuration.epochs)
        let summary = try trainer.run(shouldStop: { Interruption.isRequested }, report: { report.show($0) })
        if !summary.wasInterrupted {
            if let validationData, summary.bestEpoch != nil {
                writeReport(on: validationData, records: summary.records, folder: folder, console: console)
            }
            try trainer.finish()
        }
        try finish(summary, epochs: configuration.epochs, folder: folder, console: console)
    }

    /// Writes the page about the best detector. The run is not lost when that fails.
    private func writeReport(
        on dataset: Dataset, records: [EpochRecord], folder: RunFolder, console: Console
    ) {
        do {
            let results = try CocoResults.read(folder.validation, categories: dataset.categories)
            let input = try EvaluationInput(
                dataset: dataset, results: results, detectionsPath: folder.validation, isLenient: true)
            try EvaluationPage(
                DetectionEvaluation(input), history: TrainingHistory(records),
                options: .init(title: "Training report")
            ).write(to: folder.report)
            console.note("\(folder.report): what the best detector gets right and wrong, and what to do next")
        } catch {
            console.warn("the report could not be written: \(error)")
        }
    }

    private func makeDetector(
        _ recipe: TrainingRecipe, categories: [Detector.Category], data: TrainingData, checkpoint: Checkpoint?,
        console: Console
    ) throws -> Detector {
        let transform = InputTransform(minimumSize: recipe.inputSize, maximumSize: recipe.maximumSize)
        let backbone = options.model?.backbone ?? checkpoint.flatMap { ResNet.Architecture(of: $0) } ?? .resnet18
        var network = recipe.network(
            backbone: backbone, classCount: categories.count, boxes: AnchorFit(data, transform: transform))
        network.normalization = options.normalization ?? (checkpoint == nil ? .trained : .frozen)
        if let checkpoint { network.normalizationEpsilon = Detector.normalizationEpsilon(of: checkpoint) }
        let detector = Detector(
            Detector.Configuration(network: network, transform: transform, categories: categories),
            seed: seed)
        guard let checkpoint else {
            console.warn(
                "without --weights the network starts from random numbers, which takes many more images and epochs")
            return detector
        }
        let report = try detector.initialize(from: checkpoint)
        let kind = report.architecture.map { " (\($0))" } ?? ""
        console.note("\(report.path)\(kind): \(report.filledCount) parameters taken over")
        if !report.reusedCategories.isEmpty {
            console.note("known categories: \(report.reusedCategories.joined(separator: ", "))")
        }
        return detector
    }

    private func configuration(
        _ recipe: TrainingRecipe, imageCount: Int, augmentation: AugmentationPolicy?
    ) -> TrainingConfiguration {
        var configuration = recipe.configuration(imageCount: imageCount, seed: seed)
        if let augmentation {
            let isMirroring = augmentation == AugmentationPolicy(.flip) || augmentation == AugmentationPolicy(.none)
            configuration.augmentation = isMirroring ? nil : augmentation
            configuration.flipProbability = augmentation == AugmentationPolicy(.none) ? 0 : 0.5
        }
        if let flip = options.flip {
            configuration.augmentation = nil
            configuration.flipProbability = flip
        }
        configuration.gradientNormLimit = options.clip > 0 ? options.clip : nil
        configuration.batchesPerStep = options.accumulate
        configuration.schedule.baseRate *= Float(options.accumulate)
        configuration.frozenEpochs = options.freezeEpochs
        configuration.patience = options.patience
        sampling.apply(to: &configuration)
        if weights == nil, options.trainableLayers == nil { configuration.trainableLayers = 5 }
        return configuration
    }

    /// The epochs that a budget buys; for a run that is resumed those that were planned when it began.
    private func plannedEpochs(
        within seconds: Double, _ configuration: TrainingConfiguration, detector: Detector, data: TrainingData,
        validation: Dataset?, pool: ThreadPool, console: Console
    ) throws -> Int {
        if resume, let planned = RunFolder.plannedEpochs(in: output) { return planned }
        let pace = try TrainingPace(configuration, detector: detector, data: data, validation: validation, pool: pool)
        let epochs = try pace.epochs(within: seconds)
        console.note(
            "\(Progress.clock(seconds)) are enough for \(epochs) epochs of about \(Progress.clock(pace.secondsPerEpoch)) "
                + "here; --epochs \(epochs) gives the same run again")
        return epochs
    }

    /// What contradicts itself only together with the preset or the datasets.
    private func checkTogether(_ configuration: TrainingConfiguration) throws {
        if configuration.frozenEpochs >= configuration.epochs {
            throw CommandError(
                "--freeze-epochs \(configuration.frozenEpochs) leaves none of the \(configuration.epochs) epochs. Give "
                    + "fewer, or --trainable-layers 0.")
        }
        if configuration.patience != nil, validation == nil {
            throw CommandError("--patience looks at the validation dataset. Give one with --validation.")
        }
    }

    private static func name(of network: RetinaNetConfiguration) -> String {
        let version = network.version == .v1 ? "" : "v2-"
        return
            "retinanet-\(version)\(network.backbone.rawValue) (head \(network.channels) wide, \(network.headDepth) deep, "
            + "anchors from \(Int(network.anchors.sizes.first?.first ?? 0)) pixels)"
    }

    /// A wrong image folder is found before the first epoch, not image by image.
    private func checkImages(_ dataset: Dataset, _ flag: String) throws {
        let missing = (0..<dataset.images.count).filter { !ImageFolder.exists(dataset.imagePath(ofImage: $0)) }
        if missing.count == dataset.images.count, let first = missing.first {
            throw CommandError(
                "\(dataset.imagePath(ofImage: first)): none of the dataset's \(missing.count) images is there. Name "
                    + "their folder with \(flag).")
        }
    }

    private struct Result: Encodable {
        var output: String
        var best: String
        var bestEpoch: Int?
        var wasInterrupted: Bool
        var epochs: [EpochRecord]
    }

    private func finish(_ summary: Trainer.Summary, epochs: Int, folder: RunFolder, console: Console) throws {
        let result = Result(
            output: folder.path, best: folder.best, bestEpoch: summary.bestEpoch,
            wasInterrupted: summary.wasInterrupted, epochs: summary.records)
        try console.result(result) {
            if summary.wasInterrupted {
                return "stopped after \(summary.records.count) of \(epochs) epochs; continue with --resume. "
                    + "\(folder.last) is the detector so far."
            }
            guard let best = summary.records.first(where: { $0.epoch == summary.bestEpoch }),
                let precision = best.averagePrecision
            else {
                return
                    "\(folder.last): the detector after \(summary.records.count) epochs (no validation dataset was given)"
            }
            return "\(folder.best): epoch \(best.epoch), AP \(Table.number(precision)), "
                + "AP50 \(Table.number(best.averagePrecision50 ?? 0))"
        }
        if summary.wasInterrupted { throw ExitCode(ExitStatus.failed.rawValue) }
    }
}
