import NeedletailGeometry
import NeedletailImages
import NeedletailKernels
import NeedletailNetworks
import NeedletailRuntime

/// A network with everything that is needed to use it: input size, thresholds, and the names of what it finds.
public final class Detector {
    /// A kind of object that the detector knows.
    public struct Category: Codable, Hashable, Sendable {
        /// The id in the dataset that it was trained on.
        public var id: Int
        public var name: String
        /// The classification output that stands for it.
        public var column: Int

        public init(id: Int, name: String, column: Int) {
            self.id = id
            self.name = name
            self.column = column
        }
    }

    /// What a detector file says about itself beside its weights.
    public struct Configuration: Codable, Hashable, Sendable {
        public var network: RetinaNetConfiguration
        public var transform: InputTransform
        public var postProcessing: PostProcessing
        public var categories: [Category]

        public init(
            network: RetinaNetConfiguration, transform: InputTransform = InputTransform(),
            postProcessing: PostProcessing = PostProcessing(), categories: [Category]
        ) {
            self.network = network
            self.transform = transform
            self.postProcessing = postProcessing
            self.categories = categories
        }
    }

    public let network: RetinaNet
    public var configuration: Configuration

    /// Makes a detector with fresh weights.
    public convenience init(_ configuration: Configuration, seed: UInt64 = 0) {
        self.init(configuration, network: RetinaNet(configuration.network, seed: seed))
    }

    /// Makes a detector of a network.
    ///
    /// - Precondition: The network was made with `configuration.network`.
    public init(_ configuration: Configuration, network: RetinaNet) {
        precondition(network.configuration == configuration.network, "the network is of another configuration")
        self.configuration = configuration
        self.network = network
    }

    /// The category of an output column, or nil for the background column and unused ones.
    public func category(column: Int) -> Category? { configuration.categories.first { $0.column == column } }

    /// The objects in an image, best first, in pixels of that image.
    ///
    /// - Parameter image: RGB; other formats are converted.
    /// - Throws: `PlanError` when the image is too small for the network.
    public func detections(in image: Image, pool: ThreadPool) throws -> [Detection] {
        try detections(in: [image], pool: pool)[0]
    }

    /// The objects in each image of a batch.
    ///
    /// All images are padded to the largest. The network sees the padding, so an image's results can differ slightly
    /// from those it has alone, as they do in the reference.
    ///
    /// - Parameter originalSizes: The sizes of the photographs, where the images are smaller versions of them: what
    ///   the network's input is made to measure from, and what the boxes refer to.
    /// - Throws: `PlanError` when an image is too small for the network.
    public func detections(
        in images: [Image], originalSizes: [Image.Size]? = nil, pool: ThreadPool
    ) throws -> [[Detection]] {
        guard !images.isEmpty else { return [] }
        let transform = configuration.transform
        let originals = originalSizes ?? images.map { Image.Size(width: $0.width, height: $0.height) }
        let sizes = originals.map { transform.resizedSize(width: $0.width, height: $0.height) }
        let padded = transform.paddedSize(sizes)
        let plan = try network.inferencePlan(
            batch: images.count, height: padded.height, width: padded.width, pool: pool)
        guard let input = plan.input.baseAddress else { return images.map { _ in [] } }
        for (index, image) in images.enumerated() {
            transform.write(
                image, size: sizes[index], paddedWidth: padded.width, paddedHeight: padded.height,
                into: input + index * padded.height * padded.width * 3)
        }
        plan.forward()
        let anchors = network.anchors(for: plan, imageHeight: padded.height, imageWidth: padded.width)
        let ids = Dictionary(
            configuration.categories.map { ($0.column, $0.id) }, uniquingKeysWith: { first, _ in first })
        return originals.enumerated().map { index, original in
            let size = sizes[index]
            let found = configuration.postProcessing.detections(
                plan: plan, anchors: anchors, image: index, height: size.height, width: size.width,
                classCount: configuration.network.classCount, coder: BoxCoder())
            let scaleX = Float(original.width) / Float(size.width)
            let scaleY = Float(original.height) / Float(size.height)
            return found.compactMap { candidate in
                ids[candidate.label].map { id in
                    Detection(
                        box: Box(candidate.box * Corners(scaleX, scaleY, scaleX, scaleY)),
                        score: Double(candidate.score), categoryID: id)
                }
            }
        }
    }
}
