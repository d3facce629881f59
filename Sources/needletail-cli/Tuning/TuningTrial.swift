import Needletail

/// Trains candidates of a search, each in a folder of its own.
struct TuningTrial {
    let candidate: TuningCandidate
    let material: TrainingMaterial
    let seed: UInt64
    let folder: String
    let pool: ThreadPool
    let console: Console

    /// Trains for a number of epochs, in which the whole schedule of learning rates is gone through.
    ///
    /// - Returns: The epochs that were made, and the score of the best of them.
    /// - Throws: What ends the search: files that cannot be written, images that cannot be used.
    func run(_ request: TuningSearch.Request) throws -> (epochs: Int, ending: TuningSearch.Ending) {
        let options = candidate.options.recipe
        var recipe = options.recipe(source: try material.source())
        (recipe.epochs, recipe.leastViews) = (request.epochs, 0)
        let (detector, _) = try options.makeDetector(recipe, for: material, seed: seed)
        var configuration = options.configuration(
            recipe, sampling: candidate.options.sampling, for: material, augmentation: try options.augmentationPolicy(),
            seed: seed)
        configuration.budget = request.seconds
        let run = try RunFolder(path: folder, resumes: false)
        // What frozen layers compute is not kept: that pays off after more epochs than a trial has.
        let trainer = try Trainer(
            configuration, detector: detector, data: material.data, validation: material.validation, folder: run,
            pool: pool, weights: material.weights,
            process: RunProcess(version: Needletail.configuration.version, command: CommandLine.arguments, pool: pool),
            featureCacheLimit: 0)
        var display = TrainingReport(console: console)
        var epochs = 0
        do {
            let summary = try trainer.run(shouldStop: { Interruption.isRequested }) { event in
                if case .epochFinished = event { epochs += 1 }
                display.show(event)
            }
            if summary.wasInterrupted {
                run.removeState()
                return (epochs, .interrupted)
            }
            try trainer.finish()
            let best = summary.records.first { $0.epoch == summary.bestEpoch }
            return (
                epochs,
                .measured(
                    .init(
                        averagePrecision: best?.averagePrecision ?? 0,
                        averagePrecision50: best?.averagePrecision50 ?? 0))
            )
        } catch let error as TrainingError where error.isDivergence {
            run.removeState()
            console.warn("\(candidate.name) is out of the search: \(Wording.commandLine(error))")
            return (epochs, .diverged)
        }
    }
}
