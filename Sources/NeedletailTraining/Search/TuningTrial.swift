import NeedletailKernels

/// Trains a candidate of a search in a folder of its own.
public struct TuningTrial {
    private let candidate: TuningCandidate
    private let material: TrainingMaterial
    private let seed: UInt64
    private let folder: String
    private let pool: ThreadPool
    private let process: RunProcess?

    public init(
        _ candidate: TuningCandidate, material: TrainingMaterial, seed: UInt64, folder: String, pool: ThreadPool,
        process: RunProcess? = nil
    ) {
        self.candidate = candidate
        self.material = material
        self.seed = seed
        self.folder = folder
        self.pool = pool
        self.process = process
    }

    /// Trains for a number of epochs, in which the whole schedule of learning rates is gone through.
    ///
    /// - Parameter diverged: Is told why a candidate is out of the search.
    /// - Returns: The epochs that were made, and the score of the best of them.
    /// - Throws: What ends the search: files that cannot be written, images that cannot be used.
    public func run(
        _ request: TuningSearch.Request, shouldStop: @escaping () -> Bool = { false },
        report: @escaping (TrainingEvent) -> Void = { _ in }, diverged: (TrainingError) -> Void = { _ in }
    ) throws -> (epochs: Int, ending: TuningSearch.Ending) {
        var recipe = candidate.recipe
        recipe.budget = request.seconds
        var options = RunOptions()
        // What frozen layers compute is not kept: that pays off after more epochs than a trial has.
        options.featureCacheLimit = 0
        let session = try TrainingSession(
            material, recipe: recipe, folder: folder, seed: seed, epochs: request.epochs, pool: pool, process: process,
            options: options)
        var epochs = 0
        do {
            let summary = try session.run(shouldStop: shouldStop) { event in
                if case .epochFinished = event { epochs += 1 }
                report(event)
            }
            if summary.wasInterrupted {
                try session.folder.removeState()
                return (epochs, .interrupted)
            }
            let best = summary.records.first { $0.epoch == summary.bestEpoch }
            return (
                epochs,
                .measured(
                    .init(
                        averagePrecision: best?.averagePrecision ?? 0,
                        averagePrecision50: best?.averagePrecision50 ?? 0))
            )
        } catch let error as TrainingError where error.kind == .divergence {
            try session.folder.removeState()
            diverged(error)
            return (epochs, .diverged)
        }
    }
}
