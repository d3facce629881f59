import NeedletailGraph
import NeedletailModels

/// How a kind of detector is made for a dataset: the part of a ``TrainingRecipe`` that knows the kind.
public protocol DetectorRecipe: Codable, Hashable, Sendable {
    /// That of the detectors it makes, as their files state it: `retinanet`.
    static var architectureName: String { get }

    /// The detectors that have a name, `retinanet-resnet18` …, as they are when weights decide nothing about them.
    static var models: [(name: String, recipe: Self)] { get }

    /// How a detector of this kind is trained.
    static func recipe(_ preset: TrainingRecipe.Preset) -> TrainingRecipe

    /// The losses of boxes that such a detector can have in place of its own.
    static var boxLosses: [BoxLoss] { get }
    /// The losses of classes that such a detector can have in place of its own.
    static var classificationLosses: [ClassificationLoss] { get }

    /// Whether the absolute distance of boxes can be added to the detector's loss.
    static var canAddL1: Bool { get }

    /// The name of the detector, if it does not depend on weights.
    var modelName: String? { get }
    /// How anchors are given objects; nil where there are no anchors.
    var assignment: AnchorAssignment? { get }
    /// What the sides of the input have to be multiples of.
    var sizeDivisor: Int { get }
    /// The side of the input, in pixels, where it can be no other.
    var inputSize: Int? { get }
    var postProcessing: PostProcessing { get }

    /// The recipe with what the weights of a detector of the kind decide.
    func following(_ source: any DenseArchitecture) -> Self

    func network(for subject: DetectorSubject) -> any DenseArchitecture

    /// How images become the network's input.
    func inputTransform(size: Int, maximumSize: Int) -> InputTransform

    /// The topmost layers of the backbone that are trained unless a person decides.
    ///
    /// - Parameter isPretrained: Whether there are weights to start from.
    func trainableLayers(isPretrained: Bool) -> Int
}

extension DetectorRecipe {
    public static var canAddL1: Bool { false }
    public var inputSize: Int? { nil }
}

/// What a detector is made for.
public struct DetectorSubject {
    /// Kinds of objects, without a background.
    public var classCount: Int
    /// That of the weights, if they tell.
    public var backbone: AnyBackboneArchitecture?
    /// The detector whose weights are started from, if they are one's.
    public var source: (any DenseArchitecture)?
    public var isPretrained: Bool
    /// What a person wants of normalisation; nil for what suits.
    public var normalization: BatchNormalization.Kind?
    /// Those of the dataset, in pixels of the input.
    public var boxes: AnchorFit

    public init(
        classCount: Int, backbone: AnyBackboneArchitecture? = nil, source: (any DenseArchitecture)? = nil,
        isPretrained: Bool = true, normalization: BatchNormalization.Kind? = nil,
        boxes: AnchorFit = AnchorFit()
    ) {
        self.classCount = classCount
        self.backbone = backbone
        self.source = source
        self.isPretrained = isPretrained
        self.normalization = normalization
        self.boxes = boxes
    }
}

/// A recipe for a detector of any kind; a file knows it by the name of the kind: `{"retinanet": {"channels": 128, …}}`.
public struct AnyDetectorRecipe: Sendable {
    /// The kinds; a new one is listed here.
    public static let known: [any DetectorRecipe.Type] = [
        RetinaNetRecipe.self, YOLOXRecipe.self, SSDRecipe.self, FCOSRecipe.self,
    ]

    /// The kind that is made of a classifier's weights, or of none, unless a person decides: of photographs of cells and of
    /// drawn shapes it learns the most in the same time. Of a few dozen everyday scenes none learns much.
    public static let usual: any DetectorRecipe.Type = FCOSRecipe.self

    public var recipe: any DetectorRecipe

    public init(_ recipe: any DetectorRecipe) {
        self.recipe = recipe
    }

    /// The detectors that have a name.
    public static let models: [(name: String, recipe: AnyDetectorRecipe)] = known.flatMap { models(of: $0) }

    private static func models<Kind: DetectorRecipe>(of kind: Kind.Type) -> [(name: String, recipe: AnyDetectorRecipe)]
    {
        kind.models.map { ($0.name, AnyDetectorRecipe($0.recipe)) }
    }

    /// The kind of recipe that detectors of an architecture are trained by.
    public static func kind(of network: any DenseArchitecture) -> (any DetectorRecipe.Type)? {
        known.first { $0.architectureName == type(of: network).architectureName }
    }
}

extension AnyDetectorRecipe: Hashable {
    public static func == (left: AnyDetectorRecipe, right: AnyDetectorRecipe) -> Bool {
        AnyHashable(left.recipe) == AnyHashable(right.recipe)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(recipe) }
}

extension AnyDetectorRecipe: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: NameKey.self)
        guard let name = container.allKeys.first,
            let kind = Self.known.first(where: { $0.architectureName == name.stringValue })
        else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "none of \(Self.known.map { $0.architectureName }.joined(separator: ", "))"))
        }
        recipe = try container.decode(kind, forKey: name)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: NameKey.self)
        try container.encode(recipe, forKey: NameKey(stringValue: type(of: recipe).architectureName))
    }
}
