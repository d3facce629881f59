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

    enum Assignment: String, ExpressibleByArgument, CaseIterable {
        case overlap, adaptive
    }

    enum Schedule: String, ExpressibleByArgument, CaseIterable {
        case steps, cosine, constant
    }

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

    @Option(help: "The detector.")
    var model = DetectorModel("retinanet-resnet18")

    @Option(help: "The shorter side of the network's input, in pixels.")
    var size = 320

    @Option(help: "The longest side that the input may have.")
    var maximumSize = 1333

    @Option(
        help: ArgumentHelp(
            "The side of the smallest anchors, in pixels of the network's input.",
            discussion: "Lower it to about the side of the smallest objects, as they are after resizing."))
    var anchorSize = 32

    @Option(help: "Width of the pyramid and the head; the model's own unless given.")
    var channels: Int?

    @Option(help: "Convolutions of each branch of the head; 4 unless given.")
    var headDepth: Int?

    @Option(help: "How anchors are given objects to predict: overlap, as RetinaNet has it, or adaptive.")
    var assignment = Assignment.overlap

    @Option(help: "Images of one step.")
    var batch = 4

    @Option(help: "Passes over the training dataset.")
    var epochs = 12

    @Option(help: "The learning rate; 0.00125 for each image of a batch unless given.")
    var learningRate: Float?

    @Option(help: "How the learning rate falls: steps (a tenth at two thirds and nine tenths), cosine, constant.")
    var schedule = Schedule.steps

    @Option(help: "Steps over which the learning rate rises at first; 200 or a third of the run unless given.")
    var warmUp: Int?

    @Option(help: "Momentum.")
    var momentum = 0.9

    @Option(help: "Weight decay.")
    var weightDecay = 1e-4

    @Option(help: "Gradients longer than this are shortened to it; 0 for never.")
    var clip: Float = 10

    @Option(help: "How often images are mirrored, 0 to 1; 0.5 unless given. Not with --augment.")
    var flip: Float?

    @Option(
        help: ArgumentHelp(
            "What else is done to images: \(AugmentationArgument.names), or a file; see 'augment'.",
            discussion: "Only mirrored unless given. Every draw is written to augmentation.jsonl."))
    var augment: String?

    @Option(help: "Layers of the backbone that are trained, counted from the top, 0 to 5.")
    var trainableLayers: Int?

    @Option(
        help: ArgumentHelp(
            "Batch normalisation of the backbone: frozen keeps the weights' statistics, trained uses the batch's.",
            discussion: "Frozen for retinanet with --weights, trained otherwise, unless given."))
    var normalization: BatchNormalization.Kind?

    @Flag(inversion: .prefixedNo, help: "Keep what frozen layers compute of the images, where it stays the same.")
    var cache = true

    @Option(help: "The seed of everything random.")
    var seed: UInt64 = 0

    @Flag(help: "Train on images without boxes too, as background.")
    var keepEmpty = false

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
        func require(_ condition: Bool, _ message: String) throws {
            if !condition { throw ValidationError(message) }
        }
        try require((32...8192).contains(size), "--size takes a number of pixels from 32 to 8192, not \(size).")
        try require(maximumSize >= size, "--maximum-size must not be less than --size, \(size).")
        try require((4...512).contains(anchorSize), "--anchor-size takes a number from 4 to 512, not \(anchorSize).")
        try require((1...1024).contains(batch), "--batch takes a number from 1 to 1024, not \(batch).")
        try require((1...100_000).contains(epochs), "--epochs takes a number from 1, not \(epochs).")
        try require((0...1).contains(flip ?? 0), "--flip takes a number from 0 to 1, not \(flip ?? 0).")
        try require(flip == nil || augment == nil, "--flip and --augment exclude each other: a policy says how often.")
        try require((0...5).contains(trainableLayers ?? 0), "--trainable-layers takes a number from 0 to 5.")
        try require(clip >= 0, "--clip takes a number from 0, not \(clip).")
        try require((warmUp ?? 0) >= 0, "--warm-up takes a number from 0.")
        try require((learningRate ?? 1) > 0 && (learningRate ?? 1).isFinite, "--learning-rate takes a number above 0.")
        try require(saveEvery >= 0, "--save-every takes a number of seconds from 0.")
        try require((0..<1).contains(momentum), "--momentum takes a number from 0 to below 1, not \(momentum).")
        try require(weightDecay >= 0, "--weight-decay takes a number from 0, not \(weightDecay).")
    }

    func run() throws {
        let console = outputOptions.console
        Interruption.watch()
        try RunFolder.check(path: output, resumes: resume)
        let augmentation = try augment.flatMap { try self.policy($0) }
        let training = try Dataset.read(dataset, images: images)
        let validationData = try validation.map { try Dataset.read($0, images: validationImages ?? images) }
        try checkImages(training, "--images")
        if let validationData { try checkImages(validationData, "--validation-images") }
        if check {
            let checked = validation.flatMap { name in validationData.map { (name: name, dataset: $0) } }
            try DatasetPrecheck(training: (dataset, training), validation: checked, images: images)
                .run(console: console)
        }
        let detector = try makeDetector(categories: training.categories, console: console)
        let data = try TrainingData(
            training, categories: detector.configuration.categories, keepsEmptyImages: keepEmpty)
        console.warn(of: data.setAside, heading: "not trained on (\(data.setAside.count)):")

        let folder = try RunFolder(path: output, resumes: resume)
        let pool = try threads.makePool()
        let trainer = try Trainer(
            configuration(imageCount: data.count, augmentation: augmentation), detector: detector, data: data,
            validation: validationData, folder: folder, pool: pool,
            weights: weights.map { .init(path: $0, sha256: try? Checksum.sha256(ofFile: $0)) },
            process: RunProcess(
                version: Needletail.configuration.version, command: CommandLine.arguments, pool: pool),
            secondsBetweenStates: saveEvery, featureCacheLimit: cache ? 8 << 30 : 0)
        if folder.startsOver {
            console.note("\(output): the run in this folder ended before its first state; it starts from the beginning")
        }
        console.note(
            "training \(model.name) on \(data.count) images with \(data.boxCount) boxes, "
                + "\(epochs) epochs of \((data.count + batch - 1) / batch) steps, \(pool.threadCount) threads")
        var report = TrainingReport(console: console, epochs: epochs)
        let summary = try trainer.run(shouldStop: { Interruption.isRequested }, report: { report.show($0) })
        if !summary.wasInterrupted {
            if let validationData, summary.bestEpoch != nil {
                writeReport(on: validationData, records: summary.records, folder: folder, console: console)
            }
            try trainer.finish()
        }
        try finish(summary, folder: folder, console: console)
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

    private func makeDetector(categories: [Category], console: Console) throws -> Detector {
        guard !categories.isEmpty else {
            throw CommandError("\(dataset): the dataset has no categories. Name what is to be found in 'categories'.")
        }
        var network = model.configuration(classCount: categories.count + 1)
        let checkpoint = try weights.map { try Checkpoint(contentsOf: $0) }
        if let channels { network.channels = channels }
        if let headDepth { network.headDepth = headDepth }
        network.anchors = .retinaNet(smallestSize: anchorSize)
        if checkpoint == nil { network.normalization = .trained }
        if let normalization { network.normalization = normalization }
        if let checkpoint { network.normalizationEpsilon = Detector.normalizationEpsilon(of: checkpoint) }
        let detector = Detector(
            Detector.Configuration(
                network: network, transform: InputTransform(minimumSize: size, maximumSize: maximumSize),
                categories: categories.enumerated().map { .init(id: $1.number, name: $1.name, column: $0 + 1) }),
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

    /// A wrong image folder is found before the first epoch, not image by image.
    private func checkImages(_ dataset: Dataset, _ flag: String) throws {
        let missing = (0..<dataset.images.count).filter { !ImageFolder.exists(dataset.imagePath(ofImage: $0)) }
        if missing.count == dataset.images.count, let first = missing.first {
            throw CommandError(
                "\(dataset.imagePath(ofImage: first)): none of the dataset's \(missing.count) images is there. Name "
                    + "their folder with \(flag).")
        }
    }

    /// No policy where mirroring is all that it does: that happens while the image is resized.
    private func policy(_ argument: String) throws -> AugmentationPolicy? {
        switch AugmentationPolicy.Preset(rawValue: argument) {
        case .some(.none), .some(.flip): nil
        default: try AugmentationArgument.policy(argument)
        }
    }

    private func configuration(imageCount: Int, augmentation: AugmentationPolicy?) -> TrainingConfiguration {
        let totalSteps = (imageCount + batch - 1) / batch * epochs
        let decay: LearningRateSchedule.Decay =
            switch schedule {
            case .constant: .constant
            case .cosine: .cosine(floor: 0)
            case .steps:
                .steps(
                    epochs: [Int((Double(epochs) * 2 / 3).rounded()), Int((Double(epochs) * 0.9).rounded())],
                    factor: 0.1)
            }
        return TrainingConfiguration(
            epochs: epochs, batchSize: batch,
            optimizer: .init(method: .gradientDescent(momentum: momentum), weightDecay: weightDecay),
            schedule: LearningRateSchedule(
                baseRate: learningRate ?? 0.00125 * Float(batch), decay: decay,
                warmUpSteps: warmUp ?? min(200, totalSteps / 3)),
            assignment: assignment == .adaptive ? .adaptive(AdaptiveAnchorSelection()) : .overlap(AnchorMatcher()),
            gradientNormLimit: clip > 0 ? clip : nil,
            flipProbability: flip ?? (augment == "none" ? 0 : 0.5), augmentation: augmentation,
            trainableLayers: trainableLayers ?? (weights == nil ? 5 : 3), seed: seed)
    }

    private struct Result: Encodable {
        var output: String
        var best: String
        var bestEpoch: Int?
        var wasInterrupted: Bool
        var epochs: [EpochRecord]
    }

    private func finish(_ summary: Trainer.Summary, folder: RunFolder, console: Console) throws {
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
            else { return "\(folder.last): the detector after \(epochs) epochs (no validation dataset was given)" }
            return "\(folder.best): epoch \(best.epoch), AP \(Table.number(precision)), "
                + "AP50 \(Table.number(best.averagePrecision50 ?? 0))"
        }
        if summary.wasInterrupted { throw ExitCode(ExitStatus.failed.rawValue) }
    }
}

extension BatchNormalization.Kind: ExpressibleByArgument {}
