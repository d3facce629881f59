import NeedletailGraph
import NeedletailModels
import NeedletailPlatform

/// How a RetinaNet is made for a dataset.
public struct RetinaNetRecipe: DetectorRecipe {
    /// A part of a detector that its weights may decide.
    public enum Part: String, Codable, CaseIterable, Sendable {
        case version, channels, headDepth, anchorSize, aspectRatios
    }

    /// Nil for that of the weights; a ResNet-18 where they do not tell.
    public var backbone: AnyBackboneArchitecture?
    /// Which of torchvision's two networks the detector is built like.
    public var version: RetinaNet.Version
    /// Width of pyramid and head.
    public var channels: Int
    /// Convolutions of each branch of the head before the one that predicts.
    public var headDepth: Int
    /// The side of the smallest anchors, in pixels of the input; nil for one that fits the dataset.
    public var anchorSize: Int?
    /// Height divided by width of the anchors.
    public var aspectRatios: [Float] = [0.5, 1, 2]
    public var anchorAssignment: AnchorAssignment
    /// Whether weights of a detector decide about all its parts but ``ownParts``.
    public var followsWeights = true
    /// The parts that stay as they are here whatever the weights are.
    public var ownParts: Set<Part> = []

    public init(
        version: RetinaNet.Version, channels: Int, headDepth: Int, anchorSize: Int? = nil, assignment: AnchorAssignment
    ) {
        self.version = version
        self.channels = channels
        self.headDepth = headDepth
        self.anchorSize = anchorSize
        anchorAssignment = assignment
    }

    public static var architectureName: String { RetinaNet.architectureName }

    private static let prefixes: [(prefix: String, version: RetinaNet.Version)] = [
        ("retinanet-", .v1), ("retinanet-v2-", .v2),
    ]

    public static var models: [(name: String, recipe: RetinaNetRecipe)] {
        prefixes.flatMap { prefix, version in
            AnyBackboneArchitecture.pyramidal.map { backbone in
                var recipe = RetinaNetRecipe(version: version, channels: 256, headDepth: 4, assignment: .usual)
                recipe.backbone = backbone
                recipe.followsWeights = false
                return (prefix + backbone.name, recipe)
            }
        }
    }

    public var modelName: String? {
        guard !followsWeights, let backbone else { return nil }
        return Self.prefixes.first { $0.version == version }.map { $0.prefix + backbone.name }
    }

    public var assignment: AnchorAssignment? { anchorAssignment }
    public var sizeDivisor: Int { 1 }
    public var postProcessing: PostProcessing { PostProcessing() }
    public static var boxLosses: [BoxLoss] { BoxLoss.allCases }
    public static var classificationLosses: [ClassificationLoss] { ClassificationLoss.allCases }

    public func following(_ source: any DenseArchitecture) -> RetinaNetRecipe {
        guard followsWeights, let network = source as? RetinaNet else { return self }
        var recipe = self
        for part in Part.allCases where !ownParts.contains(part) {
            switch part {
            case .version: recipe.version = network.version
            case .channels: recipe.channels = network.channels
            case .headDepth: recipe.headDepth = network.headDepth
            case .anchorSize: recipe.anchorSize = network.anchors.sizes.first?.first.map { Int(saturating: $0) }
            case .aspectRatios: recipe.aspectRatios = network.anchors.aspectRatios
            }
        }
        return recipe
    }

    public func network(for subject: DetectorSubject) -> any DenseArchitecture {
        let backbone = backbone ?? subject.backbone ?? .resnet18
        let smallest = anchorSize ?? subject.boxes.smallestSize(aspectRatios: aspectRatios)
        return RetinaNet(
            backbone: backbone, version: version, channels: min(channels, backbone.architecture.mostHeadChannels),
            headDepth: headDepth, classCount: subject.classCount + 1,
            anchors: .retinaNet(smallestSize: smallest, aspectRatios: aspectRatios),
            // The statistics of batches as small as detection's mislead; pretrained ones are kept.
            normalization: subject.normalization ?? (subject.isPretrained ? .frozen : .trained),
            normalizationEpsilon: (subject.source as? RetinaNet)?.normalizationEpsilon ?? 1e-5)
    }

    public func inputTransform(size: Int, maximumSize: Int) -> InputTransform {
        InputTransform(minimumSize: size, maximumSize: maximumSize)
    }

    public func trainableLayers(isPretrained: Bool) -> Int { isPretrained ? 3 : 5 }
}

extension AnchorAssignment {
    /// How recipes give anchors objects unless they are torchvision's.
    public static let usual = AnchorAssignment.adaptive(AdaptiveAnchorSelection())
}

extension RetinaNetRecipe {
    public static func recipe(_ preset: TrainingRecipe.Preset) -> TrainingRecipe {
        switch preset {
        case .tiny:
            var recipe = balanced
            recipe.inputSize = 256
            recipe.retinaNet?.channels = 64
            (recipe.epochs, recipe.leastViews) = (8, 1600)
            return recipe
        case .fast:
            var recipe = balanced
            recipe.inputSize = 320
            (recipe.epochs, recipe.leastViews) = (10, 2000)
            return recipe
        case .balanced:
            return balanced
        case .accurate:
            var recipe = balanced
            recipe.inputSize = 512
            recipe.retinaNet?.headDepth = 4
            (recipe.epochs, recipe.leastViews) = (20, 4000)
            recipe.variation = ImageVariation(.standard)
            return recipe
        case .reference:
            return reference
        }
    }

    /// Group normalisation lets a head learn from small batches, and IoU as the loss of boxes suits their measure. A head
    /// of half the width and depth takes an eighth of the time and loses little where classes are few. Adam's steps suit
    /// the rare classes, whose gradients are small; the average of the weights is good before the rate has fallen.
    private static let balanced = TrainingRecipe(
        detector: AnyDetectorRecipe(RetinaNetRecipe(version: .v2, channels: 128, headDepth: 2, assignment: .usual)),
        inputSize: 416, maximumSize: 1333, variation: ImageVariation(.light), batchSize: 4, boxLossWeight: 1,
        epochs: 16, leastViews: 3200, optimizer: OptimizerConfiguration(method: AdamW(), weightDecay: 0.01),
        learningRatePerImage: 5e-5, backboneLearningRateMultiplier: 1, schedule: .cosine, warmUpSteps: 100,
        weightAverageDecay: 0.998)

    private static let reference = TrainingRecipe(
        detector: AnyDetectorRecipe(
            RetinaNetRecipe(
                version: .v1, channels: 256, headDepth: 4, anchorSize: 32, assignment: .overlap(AnchorMatcher()))),
        inputSize: 320, maximumSize: 1333, variation: ImageVariation(.flip), batchSize: 4, boxLossWeight: 1,
        epochs: 12, leastViews: 0, optimizer: OptimizerConfiguration(method: SGD(), weightDecay: 1e-4),
        learningRatePerImage: 0.00125, backboneLearningRateMultiplier: 1, schedule: .steps, warmUpSteps: 200,
        weightAverageDecay: nil)
}

extension TrainingRecipe {
    /// The detector's recipe, where it is that of a RetinaNet; setting nil changes nothing.
    public var retinaNet: RetinaNetRecipe? {
        get { detector.recipe as? RetinaNetRecipe }
        set { if let newValue { detector = AnyDetectorRecipe(newValue) } }
    }
}
