import NeedletailCheckpoints
import NeedletailGraph

/// A map that a network computes of an image on its way.
public struct FeatureLevel: Hashable, Sendable {
    /// `c5` of a backbone, `p5` of a pyramid: two to the power of five pixels of the image are one of the map.
    public var name: String
    /// Pixels of the input that one step on the map is.
    public var stride: Int
    public var channels: Int

    public init(name: String, stride: Int, channels: Int) {
        self.name = name
        self.stride = stride
        self.channels = channels
    }
}

/// The part of a network that turns an image into maps, trained on photographs of all kinds.
public protocol Backbone {
    /// The maps of ``features(_:)``, finest first.
    var levels: [FeatureLevel] { get }
    /// Its parameters from the image upward, as they are frozen together.
    var stages: [ParameterGroup] { get }

    func features(_ image: Value) -> [Value]
}

/// A kind of backbone, by name: all that decides its shape, without weights.
public protocol BackboneArchitecture: Hashable, Sendable {
    /// All of its family, smallest first.
    static var family: [Self] { get }

    /// Such as `resnet18`.
    var name: String { get }
    /// Channels that suit a pyramid and a head on it, at most.
    var mostHeadChannels: Int { get }
    /// Whether it has maps with strides of 8, 16 and 32 pixels, as a pyramid reads them, for images of any size.
    var suitsPyramid: Bool { get }
    /// Of the image: 3, or 1 for grey ones.
    var inputChannels: Int { get }
    /// Height and width of the images that its classifier was made for; some take no others.
    var inputSize: Int { get }
    /// Of its classifier as it was published.
    var usualClassCount: Int { get }

    /// The network of a name, where there are more than ``family`` lists.
    static func named(_ name: String) -> Self?

    /// Makes a backbone with fresh weights.
    ///
    /// - Parameters:
    ///   - scope: Where the parameters are named.
    ///   - epsilon: Of its batch normalisation.
    ///   - seed: The weights depend on it alone.
    func makeBackbone(
        _ scope: ParameterScope, normalization: BatchNormalization.Kind, epsilon: Float, seed: UInt64
    ) -> any Backbone

    /// Makes the classifier that the backbone is part of, with fresh weights.
    ///
    /// - Returns: Its parameters from the image upward, and how class logits, `[batch, 1, 1, classes]`, are computed.
    func makeClassifier(
        _ scope: ParameterScope, classCount: Int, normalization: BatchNormalization.Kind, seed: UInt64
    ) -> (groups: [ParameterGroup], logits: (Value) -> Value)
}

extension BackboneArchitecture {
    public var mostHeadChannels: Int { .max }
    public var suitsPyramid: Bool { true }
    public var inputChannels: Int { 3 }
    public var inputSize: Int { 224 }
    public var usualClassCount: Int { 1000 }

    public static func named(_ name: String) -> Self? { family.first { $0.name == name } }
}

/// Any kind of backbone that the toolkit has; a file knows it by name.
public struct AnyBackboneArchitecture: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The families; a new one is listed here.
    private static let families: [any BackboneArchitecture.Type] = [
        ResNet.Architecture.self, MobileNetV1.self, MobileNetV2.self, MobileNetV3.self, EfficientNetLite.self, VGG.self,
        AlexNet.self, LeNet.self, MultilayerPerceptron.self, TextNetwork.self,
    ]

    public static let all: [AnyBackboneArchitecture] = families.flatMap { members(of: $0) }

    /// Those that a detector with a pyramid can stand on.
    public static let pyramidal: [AnyBackboneArchitecture] = all.filter(\.architecture.suitsPyramid)

    public let architecture: any BackboneArchitecture

    public init(_ architecture: any BackboneArchitecture) {
        self.architecture = architecture
    }

    public init?(name: String) {
        guard let known = Self.families.lazy.compactMap({ Self.member(of: $0, named: name) }).first else { return nil }
        self = known
    }

    public var name: String { architecture.name }
    public var description: String { name }

    private static func members<Family: BackboneArchitecture>(of family: Family.Type) -> [AnyBackboneArchitecture] {
        family.family.map { AnyBackboneArchitecture($0) }
    }

    private static func member<Family: BackboneArchitecture>(
        of family: Family.Type, named name: String
    ) -> AnyBackboneArchitecture? {
        family.named(name).map { AnyBackboneArchitecture($0) }
    }

    public static func == (left: AnyBackboneArchitecture, right: AnyBackboneArchitecture) -> Bool {
        left.name == right.name
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(name) }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let name = try container.decode(String.self)
        guard let known = AnyBackboneArchitecture(name: name) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription:
                    "no backbone is called \(name); there are \(Self.all.map(\.name).joined(separator: ", "))")
        }
        self = known
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }

    /// The backbone that weights are of, alone or in a detector; nil for weights of something else.
    public init?(of checkpoint: Checkpoint) {
        guard let trunk = CheckpointArchitecture(checkpoint)?.trunk else { return nil }
        self.init(name: trunk)
    }
}
