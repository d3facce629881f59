import NeedletailImages
import NeedletailModels

/// Where a training loop has its batches from.
///
/// Which images an epoch has, in which batches, and what is done to them follows from the epoch alone, so that a run can
/// be resumed in the middle of one.
public protocol BatchSource<Target> {
    associatedtype Target: Sendable

    /// Of all that there are to train on.
    var imageCount: Int { get }

    /// The number of batches of each of the first epochs.
    func batchCounts(epochs: Int) -> [Int]

    /// The batches of an epoch, made ahead of their use.
    ///
    /// - Parameters:
    ///   - epoch: Counted from 0.
    ///   - first: Batches before this are skipped, when a run is resumed in the middle of an epoch.
    func batches(epoch: Int, from first: Int) -> OrderedPrefetch<BatchItem<Target>>
}

/// A source whose images are the same in every epoch, but for what augmentation does, so that what the frozen part of a
/// network computes of them may be kept.
protocol KeptBatchSource<Target>: BatchSource, AnyObject {
    var images: ImageSupply { get }
    /// Where they are kept, batches have no pixels.
    var features: FrozenFeatures? { get set }
}

/// Images by number.
struct ImageSupply: Sendable {
    var count: Int
    /// The size that an image is loaded with; nil where nobody knows before.
    var size: @Sendable (Int) -> Image.Size?
    var load: @Sendable (Int) throws -> Image
}

/// A batch, and what there is to say of it.
public struct BatchItem<Target: Sendable>: Sendable {
    /// Nil when no image of the batch could be used.
    public var batch: TrainingBatch<Target>?
    public var notes: BatchNotes
    /// Where the values of a batch without pixels are kept.
    public var keptRows: [KeptRow]

    public init(batch: TrainingBatch<Target>?, notes: BatchNotes = BatchNotes(), keptRows: [KeptRow] = []) {
        self.batch = batch
        self.notes = notes
        self.keptRows = keptRows
    }
}

/// What there is to say of a batch.
public struct BatchNotes: Sendable {
    /// The names of the images in the batch.
    public var names: [String] = []
    /// Why it lacks images that should be in it.
    public var failures: [String] = []
    /// What was done to its images; empty without a policy.
    public var draws: [AugmentationDraw] = []

    public init(names: [String] = [], failures: [String] = [], draws: [AugmentationDraw] = []) {
        self.names = names
        self.failures = failures
        self.draws = draws
    }
}

/// An image whose values in the frozen part of a network are kept.
public struct KeptRow: Hashable, Sendable {
    /// Of the training data.
    public var row: Int
    public var isMirrored: Bool
}
