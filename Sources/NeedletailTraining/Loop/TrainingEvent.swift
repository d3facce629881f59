import NeedletailEvaluation
import NeedletailModels

/// What happens in a training run, for whoever shows it.
public enum TrainingEvent: Sendable {
    /// The model is there, with what it has taken over from weights, if there are any.
    case detectorMade(InitializationReport?)
    /// The epochs that fit into a budget, in seconds, by the pace that was measured.
    case epochsPlanned(Int, within: Double, TrainingPace)
    /// The run in the folder ended before its first state.
    case startsOver(folder: String)
    /// Everything is ready for the first step.
    case prepared(DenseDetector.Configuration, images: Int, boxes: Int, epochs: Int, batches: Int)
    case classifierPrepared(Classifier.Configuration, images: Int, epochs: Int, batches: Int)
    /// Before the first epoch: what the frozen layers compute of the images is kept on the disk.
    case featuresStarted(images: Int, bytes: Int)
    case featuresProgress(done: Int, of: Int)
    /// The batches that are to come, counted from 0, and the time that everything after them takes, validation included;
    /// nil before an epoch is over in which all layers learn that are to learn. A run that keeps a budget can end after
    /// fewer epochs than were planned; `of` tells how many there are now.
    case epochStarted(epoch: Int, of: Int, batches: Range<Int>, secondsAfterwards: Double?)
    case step(Step)
    /// An image that could not be used; the run goes on without it.
    case imageSetAside(reason: String)
    /// A batch whose loss was not finite; all is as it was before it.
    case stepSkipped(epoch: Int, batch: Int, images: [String])
    case validationProgress(done: Int, of: Int)
    /// With the time that the epochs to come take; nil after the last, and where ``epochStarted`` has none.
    case epochFinished(EpochRecord, of: Int, secondsLeft: Double?)
    /// The loss of validation rises while that of training still falls.
    case lossTurned(LossTurn)
    /// Something that a person should know; the run goes on.
    case warning(String)

    public struct Step: Sendable {
        public var epoch: Int
        /// Counted from 1.
        public var batch: Int
        public var batches: Int
        public var losses: LossValues
        public var learningRate: Float
    }
}
