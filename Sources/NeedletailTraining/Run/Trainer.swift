import NeedletailGraph
import NeedletailKernels
import NeedletailModels
import NeedletailProcesses
import NeedletailRuntime

/// Trains a model and keeps what a person needs of the run in a folder.
///
/// The same seed gives the same weights, bit for bit, at any number of threads and of processes, and whether or not the run
/// was interrupted and resumed. Of several processes the first alone writes. Everything in the folder follows from the state, which is written last, so that a run which is
/// killed between two files writes both again, with the same content, when it is resumed.
public final class Trainer<M: RunModel> {
    private let loop: TrainingLoop<M>
    private let folder: RunFolder
    private let description: RunDescription<M>
    private let log: RunLog
    let group: any ProcessGroup
    private let keepsState: Bool
    /// Writes the state of a finished run that goes on for more epochs as one of the longer run, before anything else is
    /// changed: one that is killed on its way goes on, too.
    private let writeExtendedState: (() throws -> Void)?

    /// What of a run is a matter of the kind of model.
    struct Parts {
        var source: any KeptBatchSource<M.Target>
        var validation: (any Validation<M>)?
        /// All that have a column in the table, also in a run without validation.
        var metrics: [Metric.Name]
        /// Gives the model what validation has found out for it.
        var prepare: () -> Void = {}
        /// Writes what the model says of the validation images.
        var writeFindings: () throws -> Void = {}
        /// Changes what is trained on.
        var conduct: (any TrainingHook)?
        /// Draws.
        var pictures: any TrainingHook
    }

    /// Prepares a run; everything that can be wrong with its folder is found here.
    ///
    /// - Parameters:
    ///   - model: Its weights are changed.
    ///   - folder: One that was made to resume is continued from its state.
    ///   - options: A run that is resumed keeps features as it began.
    /// - Throws: ``TrainingError``, `CheckpointError`.
    init(
        _ description: RunDescription<M>, model: M, parts: Parts, folder: RunFolder, pool: ThreadPool,
        options: RunOptions
    ) throws {
        self.folder = folder
        self.description = description
        group = options.group
        keepsState = options.keepsState
        let configuration = description.run.training
        try configuration.check(for: group)
        try group.requireSame(description.traits(folder: folder.path))
        if case .plateau = configuration.schedule.decay, parts.validation == nil {
            throw TrainingError(
                .configuration,
                problem: "a learning rate that falls when validation stops to improve needs a validation dataset",
                remedy: "Give one, or choose another schedule.")
        }
        let step = try configuration.step(model, pool: pool, group: group)
        let state =
            folder.hasState
            ? try TrainingState.read(
                folder.state, expecting: description.run,
                batchCounts: parts.source.batchCounts(epochs: configuration.epochs), mayExtend: folder.isFinished,
                into: step) : nil
        try group.requireSame(["the steps done": "\(state?.progress.step ?? 0)"])
        writeExtendedState = state.flatMap { state in
            folder.isFinished && options.group.isFirst
                ? {
                    var state = state
                    try folder.writing(folder.state) { try state.file(of: step).write(to: folder.state) }
                } : nil
        }
        if folder.startsOver, group.isFirst {
            let differences = try description.differences(fromRunIn: folder)
            if !differences.isEmpty { throw TrainingError(refusing: folder.path, differences: differences) }
        }
        let sizes = RunFolder.Sizes(step)
        if group.isFirst { try folder.requireSpace(for: sizes) }

        let files = ModelFiles(
            step, folder: folder, prepare: parts.prepare, writeFindings: parts.writeFindings)
        log = RunLog(
            folder, process: description.process, start: (state?.logBytes ?? 0, state?.augmentationBytes ?? 0))
        let features = FeatureKeeping(
            step, batches: parts.source, folder: folder, limit: options.featureCacheLimit, sizes: sizes,
            decisions: state?.keepsFeatures ?? [:])
        let divergence = DivergenceGuard(
            model.parameters, folder: folder, inspection: M.inspection,
            writeLast: group.isFirst ? files.writeLast : {})
        let conduct: [any TrainingHook] = (parts.conduct.map { [$0] } ?? []) + [features]
        let hooks: [any TrainingHook] =
            group.isFirst
            ? conduct + [
                files, ResultsTable(folder, lossTerms: model.lossTerms, metrics: parts.metrics), parts.pictures, log,
                divergence,
                StateWriter(
                    step, folder: folder, identity: description.run, log: log, features: features,
                    divergence: divergence, secondsBetween: options.secondsBetweenStates,
                    isWanted: options.takesStateWish),
            ] : conduct + [divergence]
        loop = TrainingLoop(
            configuration, step: step, source: parts.source, validation: parts.validation, hooks: hooks,
            progress: state?.progress)
    }

    /// Trains to the last epoch, or until `shouldStop` is true after a step: then the state is written to resume
    /// from. It is kept in any case, until ``finish()``.
    ///
    /// - Throws: ``TrainingError`` when a file cannot be written, no image can be used, or losses are not finite.
    public func run(
        shouldStop: @escaping () -> Bool = { false }, report: @escaping (TrainingEvent) -> Void = { _ in }
    ) throws -> TrainingSummary {
        if !folder.hasState || writeExtendedState != nil, group.isFirst { try description.write(to: folder) }
        try writeExtendedState?()
        return try loop.run(shouldStop: shouldStop, report: report)
    }

    /// Ends a run that ``run(shouldStop:report:)`` has brought to its last epoch, once everything else that is to be
    /// made of it is in the folder: there will be nothing to resume.
    public func finish() throws {
        guard group.isFirst else { return }
        try log.finish(bestEpoch: loop.status.summary.bestEpoch)
        if !keepsState { try folder.removeState() }
    }
}

/// What decides no bit of a run's result, but that whether features are kept belongs to the run.
public struct RunOptions: Sendable {
    /// How much work a killed run may lose.
    public var secondsBetweenStates = 300.0
    /// Bytes of the disk that what frozen layers compute of the images may take.
    public var featureCacheLimit = 8 << 30
    /// The processes that do the run together.
    public var group: any ProcessGroup = SingleProcess()
    /// Asked after every step; where it returns true, a state is written. It returns true once for each wish.
    public var takesStateWish: @Sendable () -> Bool = { false }
    /// Whether the state stays when the run is finished, so that it can go on for more epochs.
    public var keepsState = false

    public init() {}
}

extension RunFolder.Sizes {
    init<M: RunModel>(_ step: TrainingStep<M>) {
        model = step.model.parameters.parameters.reduce(0) { $0 + $1.count } * MemoryLayout<Float>.stride
        state = model + (step.optimizer?.stateByteCount ?? 0) + (step.average?.byteCount ?? 0)
    }
}
