/// Something that goes along with a training loop and acts at its turning points: writes a log, keeps a state, draws.
///
/// Hooks are called in the order in which the loop has them. What one throws ends the run.
public protocol TrainingHook: AnyObject {
    /// Before the first step, or the first after the run was resumed.
    func runStarted(_ status: TrainingStatus) throws

    /// Before the first step in which so many stages of the backbone are trained.
    ///
    /// - Returns: False when it was stopped.
    func phaseStarted(trainedStages: Int, _ status: TrainingStatus) throws -> Bool

    /// Before the first step of an epoch, or the first after the run was resumed within it.
    func epochStarted(_ status: TrainingStatus) throws

    /// Before a batch is computed, whether or not it has images.
    func batchLoaded(_ notes: BatchNotes, _ status: TrainingStatus) throws

    /// After a step that was undone, because its loss or its gradient was not finite.
    func stepSkipped(_ notes: BatchNotes, _ status: TrainingStatus) throws

    /// After a step of the optimiser, when nothing is under way.
    func stepTaken(_ status: TrainingStatus) throws

    /// After the last step of an epoch, before it is validated.
    func stepsFinished(_ status: TrainingStatus) throws

    /// After an epoch, when its record is among those of the status.
    func epochFinished(_ epoch: FinishedEpoch, _ status: TrainingStatus) throws

    /// When the run is stopped, to be resumed later.
    func runInterrupted(_ status: TrainingStatus) throws
}

extension TrainingHook {
    public func runStarted(_ status: TrainingStatus) throws {}
    public func phaseStarted(trainedStages: Int, _ status: TrainingStatus) throws -> Bool { true }
    public func epochStarted(_ status: TrainingStatus) throws {}
    public func batchLoaded(_ notes: BatchNotes, _ status: TrainingStatus) throws {}
    public func stepSkipped(_ notes: BatchNotes, _ status: TrainingStatus) throws {}
    public func stepTaken(_ status: TrainingStatus) throws {}
    public func stepsFinished(_ status: TrainingStatus) throws {}
    public func epochFinished(_ epoch: FinishedEpoch, _ status: TrainingStatus) throws {}
    public func runInterrupted(_ status: TrainingStatus) throws {}
}

/// An epoch that is over.
public struct FinishedEpoch: Sendable {
    public var record: EpochRecord
    /// Whether no epoch before was better; without validation the last is the best that is known.
    public var isBest: Bool
    /// Why images could not be validated on.
    public var failures: [String]

    public init(record: EpochRecord, isBest: Bool, failures: [String]) {
        self.record = record
        self.isBest = isBest
        self.failures = failures
    }
}
