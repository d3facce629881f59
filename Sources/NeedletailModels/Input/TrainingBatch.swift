import NeedletailGeometry
import NeedletailImages
import NeedletailKernels
import NeedletailGraph
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
    ///
    /// Empty where the network's frozen part has seen the images before, and only its values are needed.
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
        targets = samples.map { sample in
            transform.target(
                boxes: sample.boxes, labels: sample.labels, width: sample.image.width, height: sample.image.height,
                flippedHorizontally: sample.flippedHorizontally)
        }
        width = padded.width
        height = padded.height
    }

    /// Makes a batch without pixels.
    public init(targets: [DetectionTarget], width: Int, height: Int) {
        pixels = []
        self.targets = targets
        self.width = width
        self.height = height
    }
}

extension InputTransform {
    /// The objects of an image in pixels of the network's input.
    ///
    /// - Parameters:
    ///   - boxes: In pixels of the image, whose size is `width` and `height`.
    ///   - flippedHorizontally: Whether the image is mirrored as it is resized.
    public func target(
        boxes: [Corners], labels: [Int], width: Int, height: Int, flippedHorizontally: Bool
    ) -> DetectionTarget {
        let size = resizedSize(width: width, height: height)
        return DetectionTarget(
            boxes: boxes.map { box in
                let placed =
                    flippedHorizontally ? Corners(Float(width) - box.z, box.y, Float(width) - box.x, box.w) : box
                return scaled(placed, from: (width, height), to: size)
            }, labels: labels)
    }
}

extension DenseDetector {
    /// Runs a training plan on a batch, forward and backward: the parameters' gradients are summed into those the
    /// plan was made with.
    ///
    /// - Parameter loss: The architecture's unless given.
    /// - Returns: The losses before any change of the weights.
    public func step(
        plan: Plan, batch: TrainingBatch, loss: DenseLoss? = nil, pool: ThreadPool
    ) -> DetectionLosses {
        precondition(plan.input.count == batch.pixels.count, "a plan for \(plan.inputShape) got another batch")
        _ = plan.input.update(fromContentsOf: batch.pixels)
        return stepOnInputs(plan: plan, batch: batch, loss: loss, pool: pool)
    }

    /// As ``step(plan:batch:loss:pool:)`` with a plan whose inputs have been written already: the batch gives its targets.
    public func stepOnInputs(
        plan: Plan, batch: TrainingBatch, loss: DenseLoss? = nil, pool: ThreadPool
    ) -> DetectionLosses {
        plan.forward()
        let outputs = DenseOutputs(plan, levels: network.levels)
        let loss = loss ?? DenseLoss(boxLoss: configuration.network.boxLoss)
        let losses = loss.evaluate(
            outputs: outputs, anchors: anchors(for: outputs, inputHeight: batch.height, inputWidth: batch.width),
            anchorsPerCell: configuration.network.anchors.countPerCell, targets: batch.targets,
            classCount: configuration.network.classCount, pool: pool)
        // A loss that is not finite must not reach the weights.
        if losses.total.isFinite { plan.backward() }
        return losses
    }
}
