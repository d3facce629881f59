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
                  --images BCCD/JPEGImages \\
                  --weights weights/resnet18-f37072fd.pth \\
                  --output runs/cells
            """)

    @OptionGroup var sources: TrainingSources

    @OptionGroup(title: "WHAT IS TRAINED, AND HOW") var options: RecipeOptions

    @OptionGroup(title: "HOW OFTEN IMAGES ARE SEEN, AND CLASSES COUNT") var sampling: SamplingOptions

    @Flag(inversion: .prefixedNo, help: "Keep what frozen layers compute of the images, where it stays the same.")
    var cache = true

    @Flag(help: "Continue the run in the output folder.")
    var resume = false

    @Option(
        help: ArgumentHelp(
            "Seconds of training that a run which is killed may lose.",
            discussion: "So often a state is written to resume from; besides at the end of every epoch."))
    var saveEvery = 300.0

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
        let augmentation = try options.augmentationPolicy()
        let material = try sources.read(keepsEmptyImages: sampling.keepEmpty, console: console)
        let (data, validation) = (material.data, material.validation)
        var recipe = options.recipe(source: try material.source())
        let (detector, report) = try options.makeDetector(recipe, for: material, seed: sources.seed)
        InitializationReport.tell(report, console: console)
        let pool = try threads.makePool()
        var configuration = options.configuration(
            recipe, sampling: sampling, for: material, augmentation: augmentation, seed: sources.seed)
        if let budget = options.budget {
            recipe.epochs = try plannedEpochs(
                within: budget.seconds, configuration, detector: detector, data: data, validation: validation,
                pool: pool, console: console)
            recipe.leastViews = 0
            configuration = options.configuration(
                recipe, sampling: sampling, for: material, augmentation: augmentation, seed: sources.seed)
            configuration.budget = budget.seconds
        }
        try checkTogether(configuration)

        let folder = try RunFolder(path: output, resumes: resume)
        let trainer = try Trainer(
            configuration, detector: detector, data: data, validation: validation, folder: folder, pool: pool,
            weights: material.weights,
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
        var display = TrainingReport(console: console)
        let summary = try trainer.run(shouldStop: { Interruption.isRequested }, report: { display.show($0) })
        if !summary.wasInterrupted {
            if let validation, summary.bestEpoch != nil {
                writeReport(on: validation, records: summary.records, folder: folder, console: console)
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
            let results = try COCOResults.read(folder.validation, categories: dataset.categories)
            let input = try EvaluationInput(
                dataset: dataset, results: results, detectionsPath: folder.validation, isLenient: true,
                wording: .commandLine)
            try EvaluationPage(
                DetectionEvaluation(input), history: TrainingHistory(records),
                options: .init(title: "Training report")
            ).write(to: folder.report)
            console.note("\(folder.report): what the best detector gets right and wrong, and what to do next")
        } catch {
            console.warn("the report could not be written: \(Wording.commandLine(error))")
        }
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
        if configuration.patience != nil, sources.validation == nil {
            throw CommandError("--patience looks at the validation dataset. Give one with --validation.")
        }
    }

    private static func name(of network: RetinaNetConfiguration) -> String {
        let version = network.version == .v1 ? "" : "v2-"
        return
            "retinanet-\(version)\(network.backbone.rawValue) (head \(network.channels) wide, \(network.headDepth) deep, "
            + "anchors from \(Int(network.anchors.sizes.first?.first ?? 0)) pixels)"
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
                return "stopped after \(summary.records.count) of \(summary.epochs) epochs; continue with --resume. "
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
