import NeedletailDatasets
import NeedletailGraph
import NeedletailImages
import NeedletailModels
import NeedletailRuntime

/// The batches that a detector is trained on, decoded and resized ahead of the network.
///
/// Order, flips and augmentation depend on the seed, the epoch and the image alone, so a run is the same at any number of
/// threads and after a resume.
public final class DetectionBatches: BatchSource {
    let data: TrainingData
    private let transform: InputTransform
    private let configuration: TrainingConfiguration
    private let order: EpochOrder
    /// Where they are kept, batches have no pixels.
    var features: FrozenFeatures?

    public init(_ data: TrainingData, transform: InputTransform, configuration: TrainingConfiguration) {
        self.data = data
        self.transform = transform
        self.configuration = configuration
        order = EpochOrder(data, configuration: configuration)
    }

    public var imageCount: Int { data.count }

    public func batchCounts(epochs: Int) -> [Int] { order.batchCounts(epochs: epochs) }

    public func batches(epoch: Int, from first: Int) -> OrderedPrefetch<BatchItem<DetectionTarget>> {
        let batches = order.batches(epoch: epoch)
        let (data, transform, configuration, features) = (data, transform, configuration, features)
        return OrderedPrefetch(count: batches.count - first, lookAhead: 3) { index in
            let entries = batches[first + index]
            if let features {
                return Self.targets(
                    entries, data: data, transform: transform, configuration: configuration, epoch: epoch,
                    features: features)
            }
            return Self.load(entries, data: data, transform: transform, configuration: configuration, epoch: epoch)
        }
    }

    private static func load(
        _ entries: [EpochOrder.Entry], data: TrainingData, transform: InputTransform,
        configuration: TrainingConfiguration, epoch: Int
    ) -> BatchItem<DetectionTarget> {
        var samples: [TrainingSample] = []
        var failures: [String] = []
        var names: [String] = []
        var draws: [AugmentationDraw] = []
        for entry in entries {
            let example = data.examples[entry.row]
            do {
                if let policy = configuration.augmentation {
                    let (sample, draw) = try data.augmented(
                        entry.row, policy: policy, seed: seed(of: entry, configuration), epoch: epoch + 1,
                        inputSide: transform.minimumSize)
                    draws.append(draw)
                    samples.append(
                        TrainingSample(
                            image: sample.image, boxes: sample.objects.map(\.box.corners),
                            classIndices: sample.objects.map(\.label), flippedHorizontally: false))
                    names.append(example.name)
                    continue
                }
                let image = try AnnotatedImage.load(example.path, width: example.width, height: example.height)
                samples.append(
                    TrainingSample(
                        image: image, boxes: example.boxes, classIndices: example.classIndices,
                        flippedHorizontally: isMirrored(entry, configuration: configuration, epoch: epoch)))
                names.append(example.name)
            } catch {
                failures.append("\(error)")
            }
        }
        let batch = samples.isEmpty ? nil : TrainingBatch(samples: samples, transform: transform)
        return BatchItem(batch: batch, notes: BatchNotes(names: names, failures: failures, draws: draws))
    }

    private static func targets(
        _ entries: [EpochOrder.Entry], data: TrainingData, transform: InputTransform,
        configuration: TrainingConfiguration,
        epoch: Int, features: FrozenFeatures
    ) -> BatchItem<DetectionTarget> {
        let images = entries.filter { features.failures[$0.row] == nil }.map {
            KeptRow(row: $0.row, isMirrored: isMirrored($0, configuration: configuration, epoch: epoch))
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

    private static func isMirrored(
        _ entry: EpochOrder.Entry, configuration: TrainingConfiguration, epoch: Int
    ) -> Bool {
        var stream = RandomStream(seed: seed(of: entry, configuration), name: "flip \(epoch) \(entry.row)")
        return stream.nextUnit() < configuration.flipProbability
    }

    /// What is drawn for an image depends on; an image that is repeated in an epoch looks different each time.
    private static func seed(of entry: EpochOrder.Entry, _ configuration: TrainingConfiguration) -> UInt64 {
        guard entry.repetition > 0 else { return configuration.seed }
        var stream = RandomStream(seed: configuration.seed, name: "repetition \(entry.repetition)")
        return stream.next()
    }
}
