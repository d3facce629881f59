import NeedletailModels

/// Writes the state of a run, from which it can go on: after every epoch, when it is stopped, when somebody wants it, and now and then in between.
///
/// The last of the hooks: what it builds on is on the disk before.
final class StateWriter<M: RunModel>: TrainingHook {
    private let step: TrainingStep<M>
    private let folder: RunFolder
    private let identity: RunIdentity<M>
    private let log: RunLog
    private let features: FeatureKeeping<M>
    private let divergence: DivergenceGuard
    /// How much work a killed run may lose.
    private let secondsBetween: Double
    private let isWanted: () -> Bool
    private var last = ContinuousClock.now

    init(
        _ step: TrainingStep<M>, folder: RunFolder, identity: RunIdentity<M>, log: RunLog, features: FeatureKeeping<M>,
        divergence: DivergenceGuard, secondsBetween: Double, isWanted: @escaping () -> Bool
    ) {
        self.step = step
        self.folder = folder
        self.identity = identity
        self.log = log
        self.features = features
        self.divergence = divergence
        self.secondsBetween = secondsBetween
        self.isWanted = isWanted
    }

    func runStarted(_ status: TrainingStatus) throws { last = .now }

    func stepTaken(_ status: TrainingStatus) throws {
        if isWanted() || last.duration(to: .now).seconds >= secondsBetween { try write(status) }
    }

    func epochFinished(_ epoch: FinishedEpoch, _ status: TrainingStatus) throws { try write(status) }

    func runInterrupted(_ status: TrainingStatus) throws { try write(status) }

    private func write(_ status: TrainingStatus) throws {
        try divergence.requireFiniteWeights(status)
        try log.synchronize()
        try folder.synchronize()
        var state = TrainingState<M>(identity: identity, progress: status.progress)
        state.keepsFeatures = features.decisions
        (state.logBytes, state.augmentationBytes) = log.byteCounts
        try folder.writing(folder.state) { try state.file(of: step).write(to: folder.state) }
        last = .now
    }
}
