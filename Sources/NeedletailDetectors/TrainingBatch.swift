import NeedletailGeometry
import NeedletailImages
import NeedletailKernels
import NeedletailRuntime

/// Images of one training step, resized and normalised, with their objects.
public struct TrainingBatch: Sendable {
    /// One image before it is resized.
    public struct Sample: Sendable {
        public var image: Image
        /// In pixels of the image.
        public var boxes: [Corners]
        /// The output column of each box.
        public var labels: [Int]
        public var flippedHorizontally: Bool

        public init(image: Image, boxes: [Corners], labels: [Int], flippedHorizontally: Bool) {
            self.image = image
            self.boxes = boxes
            self.labels = labels
            self.flippedHorizontally = flippedHorizontally
        }
    }

    /// `[count, height, width, 3]`.
    public let pixels: [Float]
    /// The objects in pixels of the input.
    public let targets: [DetectionTarget]
    public let width: Int
    public let height: Int

    public var count: Int { targets.count }

    /// Assembles a batch: every image resized by `transform` and padded to the largest.
    public init(samples: [Sample], transform: InputTransform) {
        let sizes = samples.map { transform.resizedSize(width: $0.image.width, height: $0.image.height) }
        let padded = transform.paddedSize(sizes)
        let perImage = padded.width * padded.height * 3
        pixels = [Float](unsafeUninitializedCapacity: perImage * samples.count) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            for (index, sample) in samples.enumerated() {
                transform.write(
                    sample.image, size: sizes[index], paddedWidth: padded.width, paddedHeight: padded.height,
                    flippedHorizontally: sample.flippedHorizontally, into: base + index * perImage)
            }
            count = perImage * samples.count
        }
        targets = zip(samples, sizes).map { sample, size in
            let width = Float(sample.image.width)
            let boxes = sample.boxes.map { box in
                let placed = sample.flippedHorizontally ? Corners(width - box.z, box.y, width - box.x, box.w) : box
                return transform.scaled(placed, from: (sample.image.width, sample.image.height), to: size)
            }
            return DetectionTarget(boxes: boxes, labels: sample.labels)
        }
        width = padded.width
        height = padded.height
    }
}

extension RetinaNet {
    /// Runs a training plan on a batch, forward and backward: the parameters' gradients are summed into those the
    /// plan was made with.
    ///
    /// - Returns: The losses before any change of the weights.
    public func step(plan: Plan, batch: TrainingBatch, pool: ThreadPool) -> DetectionLosses {
        precondition(plan.input.count == batch.pixels.count, "a plan for \(plan.inputShape) got another batch")
        _ = plan.input.update(fromContentsOf: batch.pixels)
        plan.forward()
        let losses = RetinaNetLoss(boxLoss: configuration.boxLoss).evaluate(
            plan: plan, anchors: anchors(for: plan), targets: batch.targets, classCount: configuration.classCount,
            pool: pool)
        // A loss that is not finite must not reach the weights.
        if losses.total.isFinite { plan.backward() }
        return losses
    }
}
