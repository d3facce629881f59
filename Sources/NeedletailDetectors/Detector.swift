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
    /// What training makes small.
    public var criterion: RetinaNetLoss

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
        criterion = RetinaNetLoss(boxLoss: configuration.network.boxLoss)
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

    /// The objects in each image of a batch: see ``Model/predictions(in:originalSizes:pool:)``.
    ///
    /// - Throws: `PlanError` when an image is too small for the network.
    public func detections(
        in images: [Image], originalSizes: [Image.Size]? = nil, pool: ThreadPool
    ) throws -> [[Detection]] {
        try predictions(in: images, originalSizes: originalSizes, pool: pool)
    }
}
