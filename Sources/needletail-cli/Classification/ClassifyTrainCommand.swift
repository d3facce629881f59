import ArgumentParser
import Needletail
import NeedletailKernels

struct ClassifyTrainCommand: ParsableCommand, SharedCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a network to tell what pictures show.",
        discussion: """
            Pictures lie in a folder for each class; or a table names a file and its class in every row, or its classes \
            with | between them; or they are MNIST's files; or, with --crops, the boxes of a detection dataset. The \
            output folder holds best.safetensors and last.safetensors, results.csv with curves.png, samples.png, what \
            the network sees, predictions.png and validation.csv, what the best says of the pictures to measure on, \
            report.html, a page about it, configuration.json and log.jsonl, what was done. Ctrl-C ends the run after \
            the current step; --resume continues it, also after a crash, to the bits of a run that was never stopped. \
            The network is a backbone for detectors: 'needletail train --weights'.

            EXAMPLE
              needletail classify train flowers/ --weights weights/resnet18-f37072fd.pth \\
                  --output runs/flowers
              needletail classify train MNIST/ --model lenet5 --output runs/digits
              needletail classify train cells/train.json --crops --images BCCD/JPEGImages \\
                  --weights weights/resnet18-f37072fd.pth --trainable-layers 0 \\
                  --size 96 --output runs/cells
              needletail classify train flowers.csv --model my.net --epochs 40 \\
                  --augment light --output runs/own
            """)

    @OptionGroup var sources: ClassificationSources

    @OptionGroup(title: "WHAT IS TRAINED, AND HOW") var options: ClassificationRecipeOptions

    @OptionGroup var resuming: ResumingOptions

    @Option(help: "The folder of the run: runs/classify, or runs/classify-2 and so on, unless given.")
    var output: String?

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() throws {
        let console = outputOptions.console
        Interruption.watch()
        let group = try Processes.join()
        let output = try Processes.fromFirst {
            try ResultFolder.named(self.output, for: "classify", resumes: resuming.resume, console: console)
        }
        if group.isFirst { try RunFolder.check(path: output, resumes: resuming.resume) }
        let recipe = try options.recipe()
        LargeBlocks.giveBack()
        let material = try sources.read(console: console)
        if recipe.patience != nil, material.validation == nil {
            throw CommandError("--patience looks at pictures to measure on. Give some with --validation or --hold-out.")
        }
        let pool = try threads.makePool()
        var display = TrainingReport(console: console, pool: pool)
        let session = try ClassificationSession(
            material, recipe: recipe, folder: output, resumes: resuming.resume, seed: sources.seed, pool: pool,
            process: RunProcess(
                version: Needletail.configuration.version, command: CommandLine.arguments, pool: pool),
            options: resuming.run(by: group), report: { display.show($0) })
        resuming.note(session.folder, epochs: session.configuration.epochs, console: console)
        let summary = try session.run(shouldStop: { Interruption.isRequested }, report: { display.show($0) }) {
            summary in
            if let validation = material.validation, summary.bestEpoch != nil {
                writeReport(
                    on: validation, records: summary.records, folder: session.folder, pool: pool, console: console)
            }
        }
        try FinishedRun.show(summary, folder: session.folder, kind: "classifier", console: console) { best in
            best.metrics.map { "\($0.name.title) \(Table.number($0.value))" }.joined(separator: ", ")
        } unmeasured: { _ in
            "there was nothing to measure on"
        }
    }

    /// Writes the page about the best classifier. The run is not lost when that fails.
    private func writeReport(
        on dataset: ClassificationDataset, records: [EpochRecord], folder: RunFolder, pool: ThreadPool, console: Console
    ) {
        do {
            let classifier = try Classifier(contentsOf: folder.best)
            guard let outcome = try ClassificationValidation.classify(dataset, by: classifier, pool: pool) else {
                return
            }
            let evaluation = ClassificationEvaluation(
                dataset: dataset, classifierPath: folder.best, pictures: outcome.pictures, metrics: outcome.metrics,
                failures: outcome.failures)
            try ClassificationPage(evaluation, history: TrainingHistory(records), title: "Training report")
                .write(to: folder.report)
            console.note("\(folder.report): what the best classifier gets right and wrong")
        } catch {
            console.warn("the report could not be written: \(Wording.commandLine(error))")
        }
    }
}
