import NeedletailGraph
import NeedletailImages

/// A one-stage detector: backbone, feature pyramid, and a head that classifies and adjusts every anchor.
///
/// Lin et al., "Focal Loss for Dense Object Detection", 2017. Parameter names, numbers and behaviour are those of
/// torchvision's `retinanet_resnet50_fpn` (v1) and `retinanet_resnet50_fpn_v2` (v2), for any backbone.
public struct RetinaNet: DenseArchitecture {
    public static let architectureName = "retinanet"

    /// The two recipes of torchvision.
    public enum Version: Int, Codable, Sendable {
        /// P6 from P5, convolutions with bias, L1 box loss, frozen batch normalisation.
        case v1 = 1
        /// P6 from the backbone's C5, group normalisation in the head, generalised IoU box loss, trained batch
        /// normalisation.
        case v2 = 2
    }

    public var backbone: AnyBackboneArchitecture
    public var version: Version
    /// Width of the pyramid and the head.
    public var channels: Int
    /// Convolutions of each branch of the head before the one that predicts.
    public var headDepth: Int
    /// Classification outputs for each anchor: one a category, and the first, which is never a target.
    public var classCount: Int
    public var anchors: AnchorGenerator
    public var normalization: BatchNormalization.Kind
    /// Of the backbone's batch normalisation.
    public var normalizationEpsilon: Float

    public init(
        backbone: AnyBackboneArchitecture, version: Version = .v1, channels: Int = 256, headDepth: Int = 4,
        classCount: Int, anchors: AnchorGenerator = .retinaNet, normalization: BatchNormalization.Kind? = nil,
        normalizationEpsilon: Float = 1e-5
    ) {
        self.backbone = backbone
        self.version = version
        self.channels = channels
        self.headDepth = headDepth
        self.classCount = classCount
        self.anchors = anchors
        self.normalization = normalization ?? (version == .v1 ? .frozen : .trained)
        self.normalizationEpsilon = normalizationEpsilon
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        backbone = try container.decodePyramidalBackbone(forKey: .backbone)
        version = try container.decode(Version.self, forKey: .version)
        channels = try container.decode(1...4096, multipleOf: version == .v1 ? 1 : 32, forKey: .channels)
        // Files of the time when all heads were alike do not tell.
        headDepth = container.contains(.headDepth) ? try container.decode(0...64, forKey: .headDepth) : 4
        classCount = try container.decode(2...100_000, forKey: .classCount)
        anchors = try container.decode(AnchorGenerator.self, forKey: .anchors)
        guard anchors.sizes.count == Self.levelCount else {
            throw container.refusal(.anchors, "are of \(anchors.sizes.count) levels, not of \(Self.levelCount)")
        }
        normalization = try container.decode(BatchNormalization.Kind.self, forKey: .normalization)
        normalizationEpsilon = try container.decode(0...1, forKey: .normalizationEpsilon)
    }

    public var name: String { "retinanet-\(version == .v1 ? "" : "v2-")\(backbone.name)" }

    public var details: String {
        "head \(channels) wide, \(headDepth) deep, anchors from \(Int(anchors.sizes.first?.first ?? 0)) pixels"
    }

    public var hasBackgroundOutput: Bool { true }

    /// The regression loss of the version.
    public var boxLoss: BoxLoss { version == .v1 ? .l1 : .generalizedIoU }

    public var classPredictors: [ClassPredictor] {
        [ClassPredictor(name: "head.classification_head.cls_logits", predictionsPerCell: anchors.countPerCell)]
    }

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

    public func makeNetwork(seed: UInt64) -> DenseNetwork {
        precondition(anchors.sizes.count == Self.levelCount, "RetinaNet has five pyramid levels")
        let store = ParameterStore()
        let scope = store.root["backbone"], head = store.root["head"]
        let body = backbone.architecture.makeBackbone(
            scope["body"], normalization: normalization, epsilon: normalizationEpsilon, seed: seed)
        let pyramid = FeaturePyramid(
            scope["fpn"], inputs: body.levels.filter { $0.stride >= 8 }, channels: channels,
            topSource: version == .v1 ? .pyramid : .backbone, seed: seed)
        func branch(_ name: String, predictor: String, outputs: Int, bias: Float) -> RetinaNetBranch {
            RetinaNetBranch(
                head[name], predictorName: predictor, channels: channels, depth: headDepth,
                outputChannels: anchors.countPerCell * outputs, usesGroupNormalization: version == .v2,
                predictorBias: bias, seed: seed)
        }
        let classification = branch(
            "classification_head", predictor: "cls_logits", outputs: classCount, bias: HeadTower.priorBias)
        let regression = branch("regression_head", predictor: "bbox_reg", outputs: 4, bias: 0)
        let groups =
            body.stages + [
                ParameterGroup(name: "pyramid", kind: .neck, parameters: pyramid.parameters),
                ParameterGroup(
                    name: "head", kind: .head, parameters: classification.parameters + regression.parameters),
            ]
        return DenseNetwork(parameters: store, levels: pyramid.levels, groups: groups) { image in
            let maps = pyramid(body.features(image).suffix(pyramid.levels.count - 2))
            return [(.classification, maps.map { classification($0) }), (.regression, maps.map { regression($0) })]
        }
    }

    public func makeLoss(_ options: DenseLossOptions) -> any DenseLoss {
        AnchorLoss(boxLoss: options.boxLoss ?? boxLoss, anchors: anchors, classCount: classCount, options: options)
    }

    /// Of each level the (anchor, class) pairs with the best scores, by the sigmoid of their logits; boxes are clipped to
    /// the image.
    public func candidates(
        in outputs: DenseOutputs, sizes: [Image.Size], limits: PostProcessing
    ) -> [[DetectionCandidate]] {
        let input = outputs.input, coder = BoxCoder()
        let anchors = anchors.anchors(
            featureSizes: outputs.mapSizes, inputHeight: input.height, inputWidth: input.width)
        return sizes.enumerated().map { image, size in
            var candidates: [DetectionCandidate] = []
            for (level, levelAnchors) in anchors.enumerated() {
                let logits = outputs.values(.classification, level: level)
                let offsets = outputs.values(.regression, level: level)
                let perImage = levelAnchors.count * classCount
                for pair in limits.best(ofLogits: logits[image * perImage..<(image + 1) * perImage]) {
                    let anchor = pair.index / classCount
                    let start = (image * levelAnchors.count + anchor) * 4
                    let box = coder.decode(
                        SIMD4(offsets[start], offsets[start + 1], offsets[start + 2], offsets[start + 3]),
                        anchor: levelAnchors[anchor])
                    candidates.append(
                        DetectionCandidate(
                            box: box.clipped(width: Float(size.width), height: Float(size.height)), score: pair.score,
                            classIndex: pair.index % classCount))
                }
            }
            return candidates
        }
    }
}
