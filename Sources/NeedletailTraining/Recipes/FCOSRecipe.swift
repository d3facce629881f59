import NeedletailGraph
import NeedletailModels

/// How an FCOS is made for a dataset.
public struct FCOSRecipe: DetectorRecipe {
    /// Nil for that of the weights; a ResNet-18 where they do not tell.
    public var backbone: AnyBackboneArchitecture?
    /// Width of pyramid and head; nil for that of the weights, ``usualChannels`` where they do not tell.
    public var channels: Int?
    /// What a preset takes the width for where nothing else decides; nil for torchvision's 256.
    public var usualChannels: Int?
    /// Convolutions of each branch of the head before those that predict; nil for that of the weights, 4 where they do not
    /// tell.
    public var headDepth: Int?

    public init(backbone: AnyBackboneArchitecture? = nil, channels: Int? = nil, headDepth: Int? = nil) {
        self.backbone = backbone
        self.channels = channels
        self.headDepth = headDepth
    }

    public static var architectureName: String { FCOS.architectureName }

    public static var models: [(name: String, recipe: FCOSRecipe)] {
        AnyBackboneArchitecture.pyramidal.map { ("fcos-\($0.name)", FCOSRecipe(backbone: $0)) }
    }

    public var modelName: String? { backbone.map { "fcos-\($0.name)" } }
    public var assignment: AnchorAssignment? { nil }
    public var sizeDivisor: Int { 1 }
    /// torchvision's but for the score: AP is measured over more of them than from 0.2 on.
    public var postProcessing: PostProcessing {
        var own = FCOS.postProcessing
        own.scoreThreshold = PostProcessing().scoreThreshold
        return own
    }
    public static var boxLosses: [BoxLoss] { BoxLoss.ofCorners }
    public static var classificationLosses: [ClassificationLoss] { ClassificationLoss.allCases }

    public func following(_ source: any DenseArchitecture) -> FCOSRecipe {
        guard let source = source as? FCOS else { return self }
        return FCOSRecipe(
            backbone: backbone ?? source.backbone, channels: channels ?? source.channels,
            headDepth: headDepth ?? source.headDepth)
    }

    public func network(for subject: DetectorSubject) -> any DenseArchitecture {
        let backbone = backbone ?? subject.backbone ?? .resnet18
        return FCOS(
            backbone: backbone, channels: min(channels ?? usualChannels ?? 256, backbone.architecture.mostHeadChannels),
            headDepth: headDepth ?? 4, classCount: subject.classCount + 1,
            normalization: subject.normalization ?? (subject.isPretrained ? .frozen : .trained))
    }

    public func inputTransform(size: Int, maximumSize: Int) -> InputTransform {
        InputTransform(minimumSize: size, maximumSize: maximumSize)
    }

    public func trainableLayers(isPretrained: Bool) -> Int { isPretrained ? 3 : 5 }

    /// As RetinaNet, whose pyramid and head it shares, is trained; but a wide and deep head at a smaller input learns more in
    /// the same time than a small one at a larger input.
    public static func recipe(_ preset: TrainingRecipe.Preset) -> TrainingRecipe {
        var recipe = RetinaNetRecipe.recipe(preset), own = FCOSRecipe()
        if preset == .tiny || preset == .fast { own.usualChannels = 128 }
        recipe.detector = AnyDetectorRecipe(own)
        switch preset {
        case .tiny: (recipe.epochs, recipe.leastViews) = (5, 1000)
        case .fast: break
        case .balanced: (recipe.inputSize, recipe.epochs, recipe.leastViews) = (320, 10, 2000)
        case .accurate:
            (recipe.inputSize, recipe.epochs, recipe.leastViews) = (416, 16, 3200)
            recipe.variation = ImageVariation(.light)
        case .reference: break
        }
        return recipe
    }
}
