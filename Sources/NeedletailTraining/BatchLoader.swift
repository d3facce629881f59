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
        var images: [String]
        /// What was done to its images; empty without a policy.
        var draws: [AugmentationDraw]
    }

    let batchCount: Int
    private let prefetch: OrderedPrefetch<Item>

    /// - Parameter firstBatch: Batches skipped at the start of the epoch, when a run is resumed in its middle.
    init(
        data: TrainingData, transform: InputTransform, configuration: TrainingConfiguration, epoch: Int,
        firstBatch: Int = 0
    ) {
        var stream = RandomStream(seed: configuration.seed, name: "order of epoch \(epoch)")
        let order = stream.permutation(of: data.examples.count)
        let size = configuration.batchSize
        let total = (order.count + size - 1) / size
        batchCount = total
        prefetch = OrderedPrefetch(count: total - firstBatch, lookAhead: 3) { index in
            let start = (index + firstBatch) * size
            let rows = order[start..<min(start + size, order.count)]
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
        var images: [String] = []
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
                    images.append(example.name)
                    continue
                }
                let image = try AnnotatedImage.load(example.path, width: example.width, height: example.height)
                var stream = RandomStream(seed: configuration.seed, name: "flip \(epoch) \(row)")
                samples.append(
                    TrainingBatch.Sample(
                        image: image, boxes: example.boxes, labels: example.labels,
                        flippedHorizontally: stream.nextUnit() < configuration.flipProbability))
                images.append(example.name)
            } catch {
                failures.append("\(error)")
            }
        }
        let batch = samples.isEmpty ? nil : TrainingBatch(samples: samples, transform: transform)
        return Item(batch: batch, failures: failures, images: images, draws: draws)
    }
}
