import NeedletailAnnotations
import NeedletailDetectors
import NeedletailImages
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
    ///   - features: Where they are kept, batches have no pixels.
    ///   - firstBatch: Batches skipped at the start of the epoch, when a run is resumed in its middle.
    init(
        data: TrainingData, transform: InputTransform, configuration: TrainingConfiguration, epoch: Int,
        features: FrozenFeatures? = nil, firstBatch: Int = 0
    ) {
        var stream = RandomStream(seed: configuration.seed, name: "order of epoch \(epoch)")
        let order = stream.permutation(of: data.examples.count)
        let size = configuration.batchSize
        let total = (order.count + size - 1) / size
        batchCount = total
        prefetch = OrderedPrefetch(count: total - firstBatch, lookAhead: 3) { index in
            let start = (index + firstBatch) * size
            let rows = order[start..<min(start + size, order.count)]
            if let features {
                return Self.targets(
                    rows, data: data, transform: transform, configuration: configuration, epoch: epoch,
                    features: features)
            }
            return Self.load(rows, data: data, transform: transform, configuration: configuration, epoch: epoch)
        }
    }

    func next() -> Item? { prefetch.next() }

    func cancel() { prefetch.cancel() }

    private static func load(
        _ rows: ArraySlice<Int>, data: TrainingData, transform: InputTransform, configuration: TrainingConfiguration,
        epoch: Int
    ) -> Item {
        var samples: [TrainingBatch.Sample] = []
        var failures: [String] = []
        var names: [String] = []
        var draws: [AugmentationDraw] = []
        for row in rows {
            let example = data.examples[row]
            do {
                if let policy = configuration.augmentation {
                    let (sample, draw) = try data.augmented(
                        row, policy: policy, seed: configuration.seed, epoch: epoch + 1,
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
                        flippedHorizontally: isMirrored(row, configuration: configuration, epoch: epoch)))
                names.append(example.name)
            } catch {
                failures.append("\(error)")
            }
        }
        let batch = samples.isEmpty ? nil : TrainingBatch(samples: samples, transform: transform)
        return Item(batch: batch, failures: failures, names: names, draws: draws)
    }

    private static func targets(
        _ rows: ArraySlice<Int>, data: TrainingData, transform: InputTransform, configuration: TrainingConfiguration,
        epoch: Int, features: FrozenFeatures
    ) -> Item {
        let images = rows.filter { features.failures[$0] == nil }.map {
            (row: $0, isMirrored: isMirrored($0, configuration: configuration, epoch: epoch))
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
            batch: batch, failures: rows.compactMap { features.failures[$0] },
            names: images.map { data.examples[$0.row].name }, draws: [], images: images)
    }

    private static func isMirrored(_ row: Int, configuration: TrainingConfiguration, epoch: Int) -> Bool {
        var stream = RandomStream(seed: configuration.seed, name: "flip \(epoch) \(row)")
        return stream.nextUnit() < configuration.flipProbability
    }
}
