import NeedletailGeometry
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailRuntime

/// A detector that predicts at every place of its feature maps: a network with everything that is needed to use and train
/// it, the size of its input, thresholds, losses, and the names of what it finds.
public final class DenseDetector {
    /// A kind of object that the detector knows.
    public struct Category: Codable, Hashable, Sendable {
        /// The id in the dataset that it was trained on.
        public var id: Int
        public var name: String
        /// Counted from 1: 0 is the background.
        public var classIndex: Int

        public init(id: Int, name: String, classIndex: Int) {
            self.id = id
            self.name = name
            self.classIndex = classIndex
        }

        private enum CodingKeys: String, CodingKey {
            case id, name
            /// As files have called it from the first version on.
            case classIndex = "column"
        }
    }

    public let network: DenseNetwork
    public var configuration: Configuration
    /// From which scores its detections are best kept, where a validation has found that out.
    public var scoreThresholds: ScoreThresholds?
    let packedWeights: PackedWeights
    var inferencePlans = PlanCache()
    /// What training makes smaller; a run sets it.
    public var criterion: any DenseLoss

    /// Makes a detector with fresh weights.
    ///
    /// - Parameter seed: The weights depend on it alone.
    public init(_ configuration: Configuration, seed: UInt64 = 0) {
        self.configuration = configuration
        network = configuration.network.makeNetwork(seed: seed)
        criterion = configuration.network.makeLoss(DenseLossOptions())
        packedWeights = PackedWeights()
    }

    /// Makes a detector with the weights of another, packed as they are there, to run beside it.
    init(replicaOf detector: DenseDetector) {
        configuration = detector.configuration
        network = detector.network
        criterion = detector.criterion
        scoreThresholds = detector.scoreThresholds
        packedWeights = PackedWeights(sharing: detector.packedWeights)
    }

    /// The objects in an image, best first, in pixels of that image.
    ///
    /// - Parameter image: RGB; other formats are converted.
    /// - Throws: `GraphError` when the image is too small for the network, `PlanError` when it does not fit into memory.
    public func detections(in image: Image, pool: ThreadPool) throws -> [Detection] {
        try detections(in: [image], pool: pool)[0]
    }

    /// The objects in each image of a batch, as ``predictions(in:originalSizes:pool:)`` has them.
    public func detections(
        in images: [Image], originalSizes: [Image.Size]? = nil, pool: ThreadPool
    ) throws -> [[Detection]] {
        try predictions(in: images, originalSizes: originalSizes, pool: pool)
    }
}
