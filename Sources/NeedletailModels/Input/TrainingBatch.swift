import NeedletailGeometry
import NeedletailImages

/// Images of one training step, resized and normalised, with what a model should say of them.
public struct TrainingBatch<Target: Sendable>: Sendable {
    /// `[count, height, width, channels]`.
    ///
    /// Empty where the network's frozen part has seen the images before, and only its values are needed.
    public let pixels: [Float]
    /// One an image.
    public let targets: [Target]
    public let width: Int
    public let height: Int
    /// Numbers a pixel: 3, or 1 of grey ones.
    public let channels: Int

    public var count: Int { targets.count }

    /// - Precondition: `count · height · width · channels` pixels, or none.
    public init(pixels: [Float], targets: [Target], width: Int, height: Int, channels: Int = 3) {
        precondition(
            pixels.isEmpty || pixels.count == targets.count * height * width * channels,
            "\(pixels.count) numbers for \(targets.count) images of \(width)x\(height)x\(channels)")
        self.channels = channels
        self.pixels = pixels
        self.targets = targets
        self.width = width
        self.height = height
    }
}

extension TrainingBatch<DetectionTarget> {
    /// Assembles a batch: every image resized by `transform` and padded to the largest.
    public init(samples: [TrainingSample], transform: InputTransform) {
        self.init(
            sizes: samples.map { Image.Size(width: $0.image.width, height: $0.image.height) }, transform: transform
        ) { samples[$0] }
    }

    /// Assembles a batch of images whose sizes are known beforehand, so that only one of them is in memory at a time.
    ///
    /// - Parameters:
    ///   - sizes: Of each image, before it is resized.
    ///   - load: Loads the image of a place. It must be of the size that was said.
    public init(sizes: [Image.Size], transform: InputTransform, load: (Int) throws -> TrainingSample) rethrows {
        let resized = sizes.map { transform.resizedSize(width: $0.width, height: $0.height) }
        let padded = transform.paddedSize(resized)
        let perImage = padded.width * padded.height * 3
        var targets: [DetectionTarget] = []
        let pixels = try [Float](unsafeUninitializedCapacity: perImage * sizes.count) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            for index in sizes.indices {
                let sample = try load(index), image = sample.image
                precondition(
                    (image.width, image.height) == (sizes[index].width, sizes[index].height),
                    "an image of \(image.width)x\(image.height) where one of \(sizes[index]) was announced")
                transform.write(
                    image, size: resized[index], paddedWidth: padded.width, paddedHeight: padded.height,
                    flippedHorizontally: sample.flippedHorizontally, into: base + index * perImage)
                targets.append(
                    transform.target(
                        boxes: sample.boxes, classIndices: sample.classIndices, width: image.width,
                        height: image.height, flippedHorizontally: sample.flippedHorizontally))
            }
            count = perImage * sizes.count
        }
        self.init(pixels: pixels, targets: targets, width: padded.width, height: padded.height)
    }
}

extension InputTransform {
    /// The objects of an image in pixels of the network's input.
    ///
    /// - Parameters:
    ///   - boxes: In pixels of the image, whose size is `width` and `height`.
    ///   - flippedHorizontally: Whether the image is mirrored as it is resized.
    public func target(
        boxes: [Corners], classIndices: [Int], width: Int, height: Int, flippedHorizontally: Bool
    ) -> DetectionTarget {
        let size = resizedSize(width: width, height: height)
        return DetectionTarget(
            boxes: boxes.map { box in
                let placed =
                    flippedHorizontally ? Corners(Float(width) - box.x2, box.y1, Float(width) - box.x1, box.y2) : box
                return scaled(placed, from: (width, height), to: size)
            }, classIndices: classIndices)
    }
}
