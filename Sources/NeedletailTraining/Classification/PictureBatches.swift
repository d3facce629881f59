import NeedletailAugmentation
import NeedletailDatasets
import NeedletailImages
import NeedletailModels

/// The batches that a classifier is trained on, made ahead of the network.
///
/// Order, flips and augmentation depend on the seed, the epoch and the picture alone, so a run is the same at any number of
/// threads and after a resume.
public final class PictureBatches: KeptBatchSource {
    private let loader: PictureLoader
    private let configuration: TrainingConfiguration
    private let order: EpochOrder
    var features: FrozenFeatures?

    /// - Precondition: The transform's input has one size.
    public init(_ dataset: ClassificationDataset, transform: InputTransform, configuration: TrainingConfiguration) {
        loader = PictureLoader(dataset, transform: transform)
        self.configuration = configuration
        order = EpochOrder(
            images: dataset.items.map { .init(width: 0, height: 0, classIndices: $0.labels) },
            sampling: configuration.sampling, batchSize: configuration.batchSize, seed: configuration.seed)
    }

    public var imageCount: Int { loader.dataset.items.count }

    public func batchCounts(epochs: Int) -> [Int] { order.batchCounts(epochs: epochs) }

    var images: ImageSupply {
        let loader = loader
        // The input has one size whatever the picture's.
        return ImageSupply(
            count: loader.dataset.items.count, size: { _ in loader.size }, load: { try loader.image($0) })
    }

    public func maker(epoch: Int) -> @Sendable (Int) -> BatchItem<[Int]> {
        let batches = order.batches(epoch: epoch)
        let (loader, configuration, features) = (loader, configuration, features)
        return { number in
            let entries = batches[number]
            if let features {
                let rows = entries.filter { features.failures[$0.row] == nil }.map {
                    KeptRow(row: $0.row, isMirrored: $0.isMirrored(configuration, epoch: epoch))
                }
                let notes = BatchNotes(
                    names: rows.map { loader.dataset.items[$0.row].name },
                    failures: entries.compactMap { features.failures[$0.row] })
                return BatchItem(
                    batch: rows.isEmpty ? nil : loader.batch(rows, pixels: []), notes: notes, keptRows: rows)
            }
            return loader.batch(entries, row: \.row) { entry, notes in
                let image = try loader.image(entry.row)
                guard let policy = configuration.augmentation else {
                    return (image, entry.isMirrored(configuration, epoch: epoch))
                }
                let name = loader.dataset.items[entry.row].name
                let (sample, recipe) = policy.augment(
                    LabeledImage(image: image, objects: []), name: name, seed: entry.seed(configuration),
                    epoch: epoch + 1, sufficientSide: 2 * min(loader.size.width, loader.size.height))
                notes.draws.append(AugmentationDraw(image: name, epoch: epoch + 1, recipe: recipe).line)
                return (sample.image, false)
            }
        }
    }
}

/// The pictures of a dataset in their order, as they are.
struct PictureSequence: BatchSource {
    private let loader: PictureLoader
    private let batchSize: Int

    /// - Parameter batchSize: What is said of a picture depends on the others of its batch in the last digits, as far as other
    ///   algorithms suit another batch.
    init(_ dataset: ClassificationDataset, transform: InputTransform, batchSize: Int) {
        loader = PictureLoader(dataset, transform: transform)
        self.batchSize = batchSize
    }

    var imageCount: Int { loader.dataset.items.count }

    private var batchCount: Int { (imageCount + batchSize - 1) / batchSize }

    func batchCounts(epochs: Int) -> [Int] { [Int](repeating: batchCount, count: epochs) }

    var lookAhead: Int { max(64 / batchSize, 2) }

    func maker(epoch: Int) -> @Sendable (Int) -> BatchItem<[Int]> {
        let (loader, batchSize, count) = (loader, batchSize, imageCount)
        return { number in
            let start = number * batchSize
            return loader.batch(Array(start..<min(start + batchSize, count)), row: { $0 }) { row, _ in
                (try loader.image(row), false)
            }
        }
    }
}
