import NeedletailAugmentation
import NeedletailDatasets
import NeedletailGraph
import NeedletailImages
import NeedletailModels
import NeedletailRuntime

/// The batches that a detector is trained on, decoded and resized ahead of the network.
///
/// Order, flips and augmentation depend on the seed, the epoch and the image alone, so a run is the same at any number of
/// threads and after a resume.
public final class DetectionBatches: KeptBatchSource {
    let data: TrainingData
    private let transform: InputTransform
    private let configuration: TrainingConfiguration
    private let order: EpochOrder
    /// Where they are kept, batches have no pixels.
    var features: FrozenFeatures?
    /// Whether images of the epochs to come stay alone.
    var isClosing = false

    public init(_ data: TrainingData, transform: InputTransform, configuration: TrainingConfiguration) {
        self.data = data
        self.transform = transform
        self.configuration = configuration
        order = EpochOrder(data, configuration: configuration)
    }

    public var imageCount: Int { data.count }

    var images: ImageSupply {
        let examples = data.examples
        return ImageSupply(
            count: examples.count,
            size: { row in
                let example = examples[row]
                guard example.width > 0, example.height > 0 else { return nil }
                return Image.Size(width: example.width, height: example.height)
            },
            load: { row in
                let example = examples[row]
                return try AnnotatedImage.load(example.path, width: example.width, height: example.height)
            })
    }

    public func batchCounts(epochs: Int) -> [Int] { order.batchCounts(epochs: epochs) }

    public var lookAhead: Int { 3 }

    public func maker(epoch: Int) -> @Sendable (Int) -> BatchItem<DetectionTarget> {
        let batches = order.batches(epoch: epoch)
        let (data, whole, configuration, features) = (data, transform, configuration, features)
        let joins = !isClosing
        return { number in
            let entries = batches[number]
            let transform = whole.varied(configuration, epoch: epoch, batch: number)
            if let features {
                return Self.targets(
                    entries, data: data, transform: transform, configuration: configuration, epoch: epoch,
                    features: features)
            }
            guard let policy = configuration.augmentation else {
                return Self.load(entries, data: data, transform: transform, configuration: configuration, epoch: epoch)
            }
            return Self.augment(
                entries, by: policy, joins: joins, data: data, transform: transform, configuration: configuration,
                epoch: epoch)
        }
    }

    /// Images under a policy. They are not much larger than the network's input.
    private static func augment(
        _ entries: [EpochOrder.Entry], by policy: AugmentationPolicy, joins: Bool, data: TrainingData,
        transform: InputTransform, configuration: TrainingConfiguration, epoch: Int
    ) -> BatchItem<DetectionTarget> {
        var samples: [TrainingSample] = []
        var notes = BatchNotes()
        for entry in entries {
            do {
                let (sample, draw) = try data.augmented(
                    entry.row, policy: policy, seed: entry.seed(configuration), epoch: epoch + 1,
                    inputSide: transform.minimumSize, joins: joins)
                notes.draws.append(draw.line)
                samples.append(
                    TrainingSample(
                        image: sample.image, boxes: sample.objects.map(\.box.corners),
                        classIndices: sample.objects.map(\.label), flippedHorizontally: false))
                notes.names.append(data.examples[entry.row].name)
            } catch {
                notes.failures.append("\(error)")
            }
        }
        return BatchItem(
            batch: samples.isEmpty ? nil : TrainingBatch(samples: samples, transform: transform), notes: notes)
    }

    /// Images as they are, or mirrored. Each is decoded, made smaller and forgotten before the next: a few photographs
    /// take more memory than the network.
    private static func load(
        _ entries: [EpochOrder.Entry], data: TrainingData, transform: InputTransform,
        configuration: TrainingConfiguration, epoch: Int
    ) -> BatchItem<DetectionTarget> {
        var entries = entries
        var failures: [String] = []
        while !entries.isEmpty {
            var place = 0
            do {
                let sizes = try entries.indices.map { index in
                    place = index
                    return try data.size(ofImage: entries[index].row)
                }
                let batch = try data.withRoom(forImages: entries.map(\.row)) {
                    try TrainingBatch(sizes: sizes, transform: transform) { index in
                        place = index
                        let entry = entries[index], example = data.examples[entry.row]
                        return TrainingSample(
                            image: try AnnotatedImage.load(
                                example.path, width: sizes[index].width, height: sizes[index].height),
                            boxes: example.boxes, classIndices: example.classIndices,
                            flippedHorizontally: entry.isMirrored(configuration, epoch: epoch))
                    }
                }
                let names = entries.map { data.examples[$0.row].name }
                return BatchItem(batch: batch, notes: BatchNotes(names: names, failures: failures))
            } catch {
                // The others make a batch of their own, perhaps of another size.
                failures.append("\(error)")
                entries.remove(at: place)
            }
        }
        return BatchItem(batch: nil, notes: BatchNotes(failures: failures))
    }

    private static func targets(
        _ entries: [EpochOrder.Entry], data: TrainingData, transform: InputTransform,
        configuration: TrainingConfiguration,
        epoch: Int, features: FrozenFeatures
    ) -> BatchItem<DetectionTarget> {
        let images = entries.filter { features.failures[$0.row] == nil }.map {
            KeptRow(row: $0.row, isMirrored: $0.isMirrored(configuration, epoch: epoch))
        }
        let targets = images.map { image in
            let example = data.examples[image.row]
            return transform.target(
                boxes: example.boxes, classIndices: example.classIndices, width: example.width, height: example.height,
                flippedHorizontally: image.isMirrored)
        }
        let batch =
            images.isEmpty
            ? nil
            : TrainingBatch(
                pixels: [], targets: targets, width: features.extent.width, height: features.extent.height)
        let notes = BatchNotes(
            names: images.map { data.examples[$0.row].name },
            failures: entries.compactMap { features.failures[$0.row] })
        return BatchItem(batch: batch, notes: notes, keptRows: images)
    }
}
