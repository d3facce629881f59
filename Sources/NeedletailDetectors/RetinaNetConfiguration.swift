import NeedletailNetworks

/// Everything that determines a RetinaNet's shape and numbers except its weights.
public struct RetinaNetConfiguration: Codable, Hashable, Sendable {
    /// The two recipes of torchvision.
    public enum Version: Int, Codable, Sendable {
        /// P6 from P5, convolutions with bias, L1 box loss, frozen batch normalisation.
        case v1 = 1
        /// P6 from the backbone's C5, group normalisation in the head, generalised IoU box loss, trained batch
        /// normalisation.
        case v2 = 2
    }

    public var backbone: ResNet.Architecture
    public var version: Version
    /// Width of the pyramid and the head.
    public var channels: Int
    /// Convolutions of each branch of the head before the one that predicts.
    public var headDepth: Int
    /// Classification outputs for each anchor: one a category, and column 0, which is never a target.
    public var classCount: Int
    public var anchors: AnchorGenerator
    public var normalization: BatchNormalization.Kind
    /// Of the backbone's batch normalisation.
    public var normalizationEpsilon: Float

    public init(
        backbone: ResNet.Architecture, version: Version = .v1, channels: Int = 256, headDepth: Int = 4,
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
        backbone = try container.decode(ResNet.Architecture.self, forKey: .backbone)
        version = try container.decode(Version.self, forKey: .version)
        channels = try container.decode(Int.self, forKey: .channels)
        // Files of the time when all heads were alike do not tell.
        headDepth = try container.decodeIfPresent(Int.self, forKey: .headDepth) ?? 4
        classCount = try container.decode(Int.self, forKey: .classCount)
        anchors = try container.decode(AnchorGenerator.self, forKey: .anchors)
        normalization = try container.decode(BatchNormalization.Kind.self, forKey: .normalization)
        normalizationEpsilon = try container.decode(Float.self, forKey: .normalizationEpsilon)
    }

    /// The regression loss of the version.
    public var boxLoss: BoxLoss { version == .v1 ? .l1 : .generalizedIoU }
}
