import ArgumentParser
import Needletail

struct TuneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune",
        abstract: "Find anchors, a preset and a learning rate for a dataset, and say how to train.",
        discussion: """
            Fits anchors to the boxes and says how well they cover them. Then trains candidates, which are presets at \
            several learning rates, and with several optimisers where these are listed, each for a short time and with its whole schedule of learning rates; the better \
            half goes on with twice the time, from the start again, until two are compared. What is best by the AP of \
            validation is recommended as a command of 'train'. Without a validation dataset a fifth of the training \
            images is held out, similar ones together. Every trial is the folder of a run, output/trials/NAME, and \
            output/tune.json holds what was found. Options of 'train' that all candidates are to have follow after --. \
            Ctrl-C ends the search with what is known so far. A search cannot be resumed: one that was killed is \
            started over in another folder.

            EXAMPLE
              needletail tune cells/train.json --validation cells/val.json \\
                  --images BCCD/JPEGImages --budget 20m \\
                  --weights weights/resnet18-f37072fd.pth --output tuned
              needletail tune cells/train.json --images BCCD/JPEGImages \\
                  --budget 1h --presets balanced,accurate \\
                  --learning-rates 0.0001,0.0002,0.0004 --output tuned \\
                  -- --model retinanet-v2-resnet50 --augment standard
            """)

    @OptionGroup var sources: TrainingSources

    @Option(help: "The time that the search may take, such as 20m or 1h.")
    var budget: TimeSpan

    @Option(
        help: ArgumentHelp(
            "Presets to try, such as fast,balanced.",
            discussion: "Both of these unless given; only fast where there is little time."))
    var presets: PresetList?

    @Option(
        help: ArgumentHelp(
            "Learning rates to try, such as 0.0001,0.0003.",
            discussion:
                "A third of the preset's own, that and three times that unless given; fewer where there is little time."
        ))
    var learningRates: LearningRateList?

    @Option(
        help: ArgumentHelp(
            "Optimisers to compare, such as sgd,adamw: of \(OptimizerList.names).",
            discussion: "Each is tried at rates that suit it; that of the preset alone unless given."))
    var optimizers: OptimizerList?

    @Option(help: "The folder of the search, a new one: runs/tune, or runs/tune-2 and so on, unless given.")
    var output: String?

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    @Argument(parsing: .postTerminator, help: "After --, options of 'train' that all candidates have.")
    var shared: [String] = []

    /// Options of `train` that are not shared, and why.
    private static let reserved = [
        ("--preset", "--presets lists them"), ("--learning-rate", "--learning-rates lists them"),
        ("--epochs", "the --budget decides"), ("--budget", "the search has one"),
        ("--patience", "trials are short"), ("--freeze-epochs", "trials are too short"),
    ]

    func validate() throws {
        for word in shared {
            let flag = word.split(separator: "=").first.map(String.init) ?? word
            if let (name, reason) = Self.reserved.first(where: { $0.0 == flag }) {
                throw ValidationError("\(name) cannot be given after --: \(reason).")
            }
            if optimizers != nil, flag == "--optimizer" {
                throw ValidationError("--optimizer cannot be given after --: --optimizers lists them.")
            }
        }
        for preset in presets?.presets ?? [.balanced] {
            do {
                _ = try SharedOptions.parse(["--preset", preset.rawValue] + shared)
            } catch {
                throw ValidationError("after --: \(SharedOptions.message(for: error))")
            }
        }
    }

    func run() throws {
        let console = outputOptions.console
        Interruption.watch()
        let output = try ResultFolder.named(output, for: "tune", console: console)
        if ImageFolder.exists(output), !(ImageFolder.isFolder(output) && OutputFolder.isEmpty(output)) {
            throw CommandError(
                "\(output): there is something at this place already. A search is not continued: give a new folder.")
        }
        LargeBlocks.giveBack()
        let (material, isHeldOut) = try sources.read(
            keepsEmptyImages: try SharedOptions.parse(shared).sampling.keepEmpty, heldOutShare: 0.2, console: console)
        let pool = try threads.makePool()
        let start = ContinuousClock.now
        func secondsLeft() -> Double { budget.seconds - Progress.seconds(start.duration(to: .now)) }
        let measured = try (presets?.presets ?? [.fast, .balanced]).map {
            try TuningPreset(
                $0, recipe: SharedOptions.recipe($0, shared: shared, weights: sources.weightsFile()),
                material: material,
                seed: sources.seed, pool: pool)
        }
        let tried =
            optimizers.map { list in measured.flatMap { preset in list.choices.map { preset.choosing($0) } } }
            ?? measured
        for preset in measured {
            console.note(
                "\(preset.preset.rawValue): an epoch takes about \(Progress.decimal(preset.secondsPerEpoch)) s here")
        }
        let field = TuningCandidate.field(
            tried, areGiven: presets != nil, learningRates: learningRates?.rates, seconds: secondsLeft())
        let candidates = field.candidates
        var search = try TuningSearch(
            candidates.map { .init(group: $0.group, secondsPerEpoch: tried[$0.group].secondsPerEpoch) },
            budget: secondsLeft())
        let folder = try OutputFolder(output, apartFrom: [sources.dataset])
        if sources.weights == nil { TrainingReport.warnOfFreshWeights(console) }
        if field.isReduced {
            console.note("there is time for few candidates: \(candidates.map(\.name).joined(separator: ", "))")
        }
        let result = TuningResult(
            command: self, material: material, isHeldOut: isHeldOut, presets: tried, candidates: candidates,
            folder: folder)
        try search.run(secondsLeft: secondsLeft) { request in
            let candidate = candidates[request.candidate]
            console.note(
                "round \(request.round + 1), \(tried[candidate.group].name) at a learning rate of "
                    + "\(candidate.learningRate): \(request.epochs) \(request.epochs == 1 ? "epoch" : "epochs"), \(Progress.clock(secondsLeft())) left"
            )
            var display = TrainingReport(console: console, pool: pool)
            return try TuningTrial(
                candidate, material: material, seed: sources.seed,
                folder: result.trialFolder(candidate, round: request.round), pool: pool,
                process: RunProcess(
                    version: Needletail.configuration.version, command: CommandLine.arguments, pool: pool)
            ).run(
                request, shouldStop: { Interruption.isRequested }, report: { display.show($0) },
                diverged: { console.warn("\(candidate.name) is out of the search: \(Wording.commandLine($0))") })
        } afterTrial: { search in
            try result.write(result.document(search, seconds: budget.seconds - secondsLeft()))
        }
        let document = result.document(search, seconds: budget.seconds - secondsLeft())
        try result.write(document)
        try console.result(document) { TuningText(document: document).text }
        if document.wasInterrupted || document.recommendation == nil { throw ExitCode(ExitStatus.failed.rawValue) }
    }
}
