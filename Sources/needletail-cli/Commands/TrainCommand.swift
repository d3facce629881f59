import ArgumentParser
import Needletail
import NeedletailKernels

struct TrainCommand: ParsableCommand, SharedCommand {
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
                  --weights weights/yolox_nano.pth \\
                  --output runs/cells
            """)

    @OptionGroup var sources: TrainingSources

    @OptionGroup(title: "WHAT IS TRAINED, AND HOW") var options: RecipeOptions

    @OptionGroup(title: "HOW OFTEN IMAGES ARE SEEN, AND CLASSES COUNT") var sampling: SamplingOptions

    @OptionGroup var resuming: ResumingOptions

    @Option(help: "The folder of the run: runs/train, or runs/train-2 and so on, unless given.")
    var output: String?

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() throws {
        let console = outputOptions.console
        Interruption.watch()
        let group = try Processes.join()
        let output = try Processes.fromFirst {
            try ResultFolder.named(self.output, for: "train", resumes: resuming.resume, console: console)
        }
        if group.isFirst { try RunFolder.check(path: output, resumes: resuming.resume) }
        let recipe = try options.recipe(sampling, weights: sources.weightsFile())
        LargeBlocks.giveBack()
        let (material, _) = try sources.read(keepsEmptyImages: recipe.keepsEmptyImages, console: console)
        if recipe.patience != nil, material.validation == nil {
            throw CommandError("--patience looks at the validation dataset. Give one with --validation.")
        }
        let pool = try threads.makePool()
        var display = TrainingReport(console: console, pool: pool)
        let session = try TrainingSession(
            material, recipe: recipe, folder: output, resumes: resuming.resume, seed: sources.seed, pool: pool,
            process: RunProcess(
                version: Needletail.configuration.version, command: CommandLine.arguments, pool: pool),
            options: resuming.run(by: group), report: { display.show($0) })
        resuming.note(session.folder, epochs: session.configuration.epochs, console: console)
        let summary = try session.run(shouldStop: { Interruption.isRequested }, report: { display.show($0) }) {
            summary in
            if let validation = material.validation, summary.bestEpoch != nil {
                writeReport(on: validation, records: summary.records, folder: session.folder, console: console)
            }
        }
        try FinishedRun.show(summary, folder: session.folder, kind: "detector", console: console) { best in
            guard let precision = best.averagePrecision, precision >= 0 else { return nil }
            return "AP \(Table.number(precision)), AP50 \(Table.number(best.averagePrecision50 ?? 0))"
        } unmeasured: { best in
            best?.averagePrecision == nil
                ? "no validation dataset was given" : "the validation dataset has no objects to measure on"
        }
    }

    /// Writes the page about the best detector. The run is not lost when that fails.
    private func writeReport(
        on dataset: Dataset, records: [EpochRecord], folder: RunFolder, console: Console
    ) {
        do {
            let results = try COCOResults.read(folder.validation, of: dataset)
            let input = try EvaluationInput(
                dataset: dataset, results: results, detectionsPath: folder.validation, isLenient: true,
                wording: .commandLine)
            var evaluation = try DetectionEvaluation(input)
            evaluation.training = .init(nextPreset: options.preset.next?.rawValue)
            try EvaluationPage(
                evaluation, history: TrainingHistory(records), options: .init(title: "Training report")
            ).write(to: folder.report)
            console.note("\(folder.report): what the best detector gets right and wrong, and what to do next")
        } catch {
            console.warn("the report could not be written: \(Wording.commandLine(error))")
        }
    }
}

extension TrainingRecipe.Preset {
    /// The one that takes more time and is better.
    fileprivate var next: TrainingRecipe.Preset? {
        switch self {
        case .tiny: .fast
        case .fast: .balanced
        case .balanced: .accurate
        case .accurate, .reference: nil
        }
    }
}
