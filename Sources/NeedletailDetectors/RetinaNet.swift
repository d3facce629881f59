import NeedletailKernels
import NeedletailNetworks
import NeedletailRuntime

/// A one-stage detector: residual backbone, feature pyramid, and a head that classifies and adjusts every anchor.
///
/// Lin et al., "Focal Loss for Dense Object Detection", 2017. Parameter names, numbers and behaviour are those of
/// torchvision's `retinanet_resnet50_fpn` (v1) and `retinanet_resnet50_fpn_v2` (v2), for any residual backbone.
public final class RetinaNet {
    public let configuration: RetinaNetConfiguration
    public let parameters = ParameterStore()
    /// The recorded network: ten outputs, the class logits of the five levels and then their box offsets.
    public let graph: Graph
    private let packedWeights = PackedWeights()
    private var inferencePlans = PlanCache()

    /// Number of pyramid levels, P3 to P7.
    static let levelCount = 5

    /// Height and width of each level's map for a padded input: halved three times for the first, and once more for each
    /// of the others, always rounded up.
    public static func featureSizes(inputHeight: Int, inputWidth: Int) -> [(height: Int, width: Int)] {
        (0..<levelCount).map { level in
            let stride = 8 << level
            return ((inputHeight + stride - 1) / stride, (inputWidth + stride - 1) / stride)
        }
    }

    /// Makes a network with fresh weights.
    ///
    /// - Parameter seed: The weights depend on it alone.
    public init(_ configuration: RetinaNetConfiguration, seed: UInt64 = 0) {
        precondition(configuration.anchors.sizes.count == Self.levelCount, "RetinaNet has five pyramid levels")
        self.configuration = configuration
        let root = parameters.root
        let backbone = root["backbone"]
        let body = ResNet(
            backbone["body"], architecture: configuration.backbone, normalization: configuration.normalization,
            epsilon: configuration.normalizationEpsilon, seed: seed)
        let pyramid = FeaturePyramid(
            backbone["fpn"], inputChannels: Array(configuration.backbone.stageChannels.dropFirst()),
            channels: configuration.channels,
            topSource: configuration.version == .v1 ? .pyramid : .backbone, seed: seed)
        let head = root["head"]
        let anchors = configuration.anchors.countPerCell
        // The prior of section 4.1: every anchor starts at a foreground probability of 0.01.
        let prior: Float = -4.595_119_850_134_59
        let classification = RetinaNetBranch(
            head["classification_head"], predictorName: "cls_logits", channels: configuration.channels,
            depth: configuration.headDepth,
            outputChannels: anchors * configuration.classCount,
            usesGroupNormalization: configuration.version == .v2, predictorBias: prior, seed: seed)
        let regression = RetinaNetBranch(
            head["regression_head"], predictorName: "bbox_reg", channels: configuration.channels,
            depth: configuration.headDepth,
            outputChannels: anchors * 4, usesGroupNormalization: configuration.version == .v2, predictorBias: 0,
            seed: seed)
        graph = Graph(inputChannels: 3) { image in
            let levels = pyramid(Array(body.features(image).dropFirst()))
            return levels.map { classification($0) } + levels.map { regression($0) }
        }
    }

    /// The prefix of the backbone's parameter names.
    public static let backbonePrefix = "backbone.body."

    /// A plan for images of a size, kept for the next image of that size.
    ///
    /// - Throws: ``PlanError``
    func inferencePlan(batch: Int, height: Int, width: Int, pool: ThreadPool) throws -> Plan {
        let shape = TensorShape(batch: batch, height: height, width: width, channels: 3)
        return try inferencePlans.plan(for: shape) {
            try Plan(graph: graph, inputShape: shape, purpose: .inference, pool: pool, packedWeights: packedWeights)
        }
    }

    /// Drops the plans that detection has made, and their memory.
    public func releasePlans() { inferencePlans.removeAll() }

    /// A plan of a part of the network, which shares the packed weights of the whole.
    ///
    /// - Throws: ``PlanError``
    public func plan(of part: Graph, inputShapes: [TensorShape], purpose: Plan.Purpose, pool: ThreadPool) throws -> Plan
    {
        try Plan(graph: part, inputShapes: inputShapes, purpose: purpose, pool: pool, packedWeights: packedWeights)
    }

    /// The anchors of every level for a plan of the network, or of its upper part, and an image of the given size.
    func anchors(for plan: Plan, imageHeight: Int, imageWidth: Int) -> [[SIMD4<Float>]] {
        configuration.anchors.anchors(
            featureSizes: plan.outputShapes.prefix(Self.levelCount).map { ($0.height, $0.width) },
            inputHeight: imageHeight, inputWidth: imageWidth)
    }
}
