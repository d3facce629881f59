import NeedletailDatasets
import NeedletailModels
import NeedletailImages
import NeedletailGraph
import NeedletailRuntime

/// The batches of one epoch, decoded and resized ahead of the network.
///
/// Order, flips and augmentation depend on the seed, the epoch and the image alone, so a run is the same at any number of threads
/// and after a resume.
final class BatchLoader {
    /// A batch, and the images that it lacks because they could not be used.
    struct Item: Sendable {
        /// Nil when no image of the batch could be used.
        var batch: TrainingBatch?
        var failures: [String]
        /// The names of the images in the batch.
        var names: [String]
        /// What was done to its images; empty without a policy.
        var draws: [AugmentationDraw]
        /// The images of a batch without pixels.
        var images: [(row: Int, isMirrored: Bool)] = []
    }

    let batchCount: Int
    private let prefetch: OrderedPrefetch<Item>

    /// - Parameters:
    ///   - order: Of all epochs.
    ///   - features: Where they are kept, batches have no pixels.
    ///   - firstBatch: Batches skipped at the start of the epoch, when a run is resumed in its middle.
    init(
        data: TrainingData, transform: InputTransform, configuration: TrainingConfiguration,
        order: EpochOrder, epoch: Int, features: FrozenFeatures? = nil, firstBatch: Int = 0
    ) {
        let batches = order.batches(epoch: epoch)
        batchCount = batches.count
        prefetch = OrderedPrefetch(count: batches.count - firstBatch, lookAhead: 3) { index in
            let entries = batches[firstBatch + index]
            if let features {
                return Self.targets(
                    entries, data: data, transform: transform, configuration: configuration, epoch: epoch,
                    features: features)
            }
            return Self.load(entries, data: data, transform: transform, configuration: configuration, epoch: epoch)
        }
    }

    func next() -> Item? { prefetch.next() }

    func cancel() { prefetch.cancel() }

    private static func load(
        _ entries: [EpochOrder.Entry], data: TrainingData, transform: InputTransform,
        configuration: TrainingConfiguration,
        epoch: Int
    ) -> Item {
        var samples: [TrainingBatch.Sample] = []
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
                        TrainingBatch.Sample(
                            image: sample.image, boxes: sample.objects.map(\.box.corners),
                            labels: sample.objects.map(\.label), flippedHorizontally: false))
                    names.append(example.name)
                    continue
                }
                let image = try AnnotatedImage.load(example.path, width: example.width, height: example.height)
                samples.append(
                    TrainingBatch.Sample(
                        image: image, boxes: example.boxes, labels: example.labels,
                        flippedHorizontally: isMirrored(entry, configuration: configuration, epoch: epoch)))
                names.append(example.name)
            } catch {
                failures.append("\(error)")
            }
        }
        let batch = samples.isEmpty ? nil : TrainingBatch(samples: samples, transform: transform)
        return Item(batch: batch, failures: failures, names: names, draws: draws)
    }

    private static func targets(
        _ entries: [EpochOrder.Entry], data: TrainingData, transform: InputTransform,
        configuration: TrainingConfiguration,
        epoch: Int, features: FrozenFeatures
    ) -> Item {
        let images = entries.filter { features.failures[$0.row] == nil }.map {
            (row: $0.row, isMirrored: isMirrored($0, configuration: configuration, epoch: epoch))
        }
        let targets = images.map { image in
            let example = data.examples[image.row]
            return transform.target(
                boxes: example.boxes, labels: example.labels, width: example.width, height: example.height,
                flippedHorizontally: image.isMirrored)
        }
        let batch =
            images.isEmpty
            ? nil : TrainingBatch(targets: targets, width: features.extent.width, height: features.extent.height)
        return Item(
            batch: batch, failures: entries.compactMap { features.failures[$0.row] },
            names: images.map { data.examples[$0.row].name }, draws: [], images: images)
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
