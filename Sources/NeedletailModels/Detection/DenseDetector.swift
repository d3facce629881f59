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
        /// The classification output that stands for it.
        public var column: Int

        public init(id: Int, name: String, column: Int) {
            self.id = id
            self.name = name
            self.column = column
        }
    }

    public let network: DenseNetwork
    public var configuration: Configuration
    let packedWeights = PackedWeights()
    private var inferencePlans = PlanCache()

    /// Makes a detector with fresh weights.
    ///
    /// - Parameter seed: The weights depend on it alone.
    public init(_ configuration: Configuration, seed: UInt64 = 0) {
        self.configuration = configuration
        network = configuration.network.makeNetwork(seed: seed)
    }

    public var parameters: ParameterStore { network.parameters }

    /// The category of an output column, or nil for the background column and unused ones.
    public func category(column: Int) -> Category? { configuration.categories.first { $0.column == column } }

    /// The objects in an image, best first, in pixels of that image.
    ///
    /// - Parameter image: RGB; other formats are converted.
    /// - Throws: `GraphError` when the image is too small for the network, `PlanError` when it does not fit into memory.
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
    /// - Throws: As ``detections(in:pool:)``.
    public func detections(
        in images: [Image], originalSizes: [Image.Size]? = nil, pool: ThreadPool
    ) throws -> [[Detection]] {
        guard !images.isEmpty else { return [] }
        let transform = configuration.transform
        let originals = originalSizes ?? images.map { Image.Size(width: $0.width, height: $0.height) }
        let sizes = originals.map { transform.resizedSize(width: $0.width, height: $0.height) }
        let padded = transform.paddedSize(sizes)
        let plan = try inferencePlan(batch: images.count, height: padded.height, width: padded.width, pool: pool)
        guard let input = plan.input.baseAddress else { return images.map { _ in [] } }
        for (index, image) in images.enumerated() {
            transform.write(
                image, size: sizes[index], paddedWidth: padded.width, paddedHeight: padded.height,
                into: input + index * padded.height * padded.width * 3)
        }
        plan.forward()
        let outputs = DenseOutputs(plan, levels: network.levels)
        let anchors = anchors(for: outputs, inputHeight: padded.height, inputWidth: padded.width)
        let categories = Dictionary(
            configuration.categories.map { ($0.column, $0) }, uniquingKeysWith: { first, _ in first })
        return originals.enumerated().map { index, original in
            let size = sizes[index]
            let found = configuration.postProcessing.detections(
                outputs: outputs, anchors: anchors, image: index, height: size.height, width: size.width,
                classCount: configuration.network.classCount, coder: configuration.network.coder)
            let scaleX = Float(original.width) / Float(size.width)
            let scaleY = Float(original.height) / Float(size.height)
            return found.compactMap { candidate in
                categories[candidate.label].map { category in
                    Detection(
                        box: Box(candidate.box * Corners(scaleX, scaleY, scaleX, scaleY)),
                        score: Double(candidate.score), categoryID: category.id, categoryName: category.name)
                }
            }
        }
    }

    /// A plan for images of a size, kept for the next image of that size.
    private func inferencePlan(batch: Int, height: Int, width: Int, pool: ThreadPool) throws -> Plan {
        let shape = TensorShape(batch: batch, height: height, width: width, channels: 3)
        return try inferencePlans.plan(for: shape) {
            try plan(of: network.graph, inputShapes: [shape], purpose: .inference, pool: pool)
        }
    }

    /// Drops the plans that detection has made, and their memory.
    public func releasePlans() { inferencePlans.removeAll() }

    /// A plan of the network or of a part of it, which shares the packed weights of the whole.
    ///
    /// - Throws: `GraphError`, `PlanError`.
    public func plan(of part: Graph, inputShapes: [TensorShape], purpose: Plan.Purpose, pool: ThreadPool) throws -> Plan
    {
        try Plan(graph: part, inputShapes: inputShapes, purpose: purpose, pool: pool, packedWeights: packedWeights)
    }

    /// The anchors of every level for an input of the given size, padding included.
    func anchors(for outputs: DenseOutputs, inputHeight: Int, inputWidth: Int) -> [[Corners]] {
        configuration.network.anchors.anchors(
            featureSizes: outputs.mapSizes, inputHeight: inputHeight, inputWidth: inputWidth)
    }
}
