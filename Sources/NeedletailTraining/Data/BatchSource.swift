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

    /// What makes the batch of a number, on any thread.
    ///
    /// - Parameter epoch: Counted from 0.
    func maker(epoch: Int) -> @Sendable (_ number: Int) -> BatchItem<Target>

    /// How many batches are made ahead of their use.
    var lookAhead: Int { get }
}

extension BatchSource {
    public var lookAhead: Int { 4 }

    /// Batches of an epoch, made ahead of their use.
    ///
    /// - Parameters:
    ///   - epoch: Counted from 0.
    ///   - numbers: Of those that are wanted, which are some where a run is resumed in the middle of an epoch, or shared by
    ///     several processes; all unless given.
    ///   - lookAhead: As the source has it unless given.
    public func batches(
        epoch: Int, numbers: [Int]? = nil, lookAhead: Int? = nil
    ) -> OrderedPrefetch<BatchItem<Target>> {
        let numbers = numbers ?? Array(0..<batchCounts(epochs: epoch + 1)[epoch]), make = maker(epoch: epoch)
        return OrderedPrefetch(count: numbers.count, lookAhead: lookAhead ?? self.lookAhead) { make(numbers[$0]) }
    }
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
    /// What was done to its images, as ``AugmentationDraw/line``; empty without a policy.
    public var draws: [String] = []

    public init(names: [String] = [], failures: [String] = [], draws: [String] = []) {
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
