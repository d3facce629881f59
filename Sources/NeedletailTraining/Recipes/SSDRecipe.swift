import NeedletailGraph
import NeedletailModels

/// How an SSD is made for a dataset.
public struct SSDRecipe: DetectorRecipe {
    /// Nil for that of the weights; an SSDLite where they do not tell.
    public var variant: SSD.Variant?
    /// Nil for that of the weights; a MobileNetV3 where they do not tell.
    public var backbone: AnyBackboneArchitecture?

    public init(_ variant: SSD.Variant? = nil, backbone: AnyBackboneArchitecture? = nil) {
        self.variant = variant
        self.backbone = backbone
    }

    public static var architectureName: String { SSD.architectureName }

    public static var models: [(name: String, recipe: SSDRecipe)] {
        SSD.Variant.allCases.flatMap { variant in
            AnyBackboneArchitecture.pyramidal.map { backbone in
                ("\(variant.rawValue)-\(backbone.name)", SSDRecipe(variant, backbone: backbone))
            }
        }
    }

    public var modelName: String? {
        guard let variant, let backbone else { return nil }
        return "\(variant.rawValue)-\(backbone.name)"
    }

    public var assignment: AnchorAssignment? { nil }
    public var sizeDivisor: Int { 1 }
    public var inputSize: Int? { known.inputSize }
    public var postProcessing: PostProcessing { known.postProcessing }
    public static var boxLosses: [BoxLoss] { BoxLoss.allCases }
    public static var classificationLosses: [ClassificationLoss] { [] }

    /// The detector of some classes, as far as nothing else decides about it.
    private var known: SSD {
        SSD(
            variant ?? .ssdlite320, backbone: backbone ?? AnyBackboneArchitecture(MobileNetV3.large), classCount: 2)
    }

    public func following(_ source: any DenseArchitecture) -> SSDRecipe {
        guard let source = source as? SSD else { return self }
        return SSDRecipe(variant ?? source.variant, backbone: backbone ?? source.backbone)
    }

    public func network(for subject: DetectorSubject) -> any DenseArchitecture {
        var network = known
        if backbone == nil, let found = subject.backbone { network.backbone = found }
        network.classCount = subject.classCount + 1
        // A classifier's weights have the whole tail.
        network.hasReducedTail = (subject.source as? SSD)?.hasReducedTail ?? (subject.backbone == nil)
        // What SSDLite adds to a backbone is normalised as that is, and begins without statistics.
        network.normalization =
            subject.normalization ?? (subject.isPretrained && !network.variant.isLite ? .frozen : .trained)
        return network
    }

    public func inputTransform(size: Int, maximumSize: Int) -> InputTransform { known.inputTransform }

    public func trainableLayers(isPretrained: Bool) -> Int {
        guard isPretrained, !known.variant.isLite else { return 5 }
        return known.backbone.architecture is VGG ? 4 : 3
    }

    public static func recipe(_ preset: TrainingRecipe.Preset) -> TrainingRecipe {
        var recipe = TrainingRecipe(
            detector: AnyDetectorRecipe(SSDRecipe()), inputSize: 320, maximumSize: 320,
            variation: ImageVariation(.light), batchSize: 8, boxLossWeight: 1, epochs: 16, leastViews: 3200,
            optimizer: OptimizerConfiguration(method: AdamW(), weightDecay: 0.01), learningRatePerImage: 5e-5,
            backboneLearningRateMultiplier: 1, schedule: .cosine, warmUpSteps: 100, weightAverageDecay: 0.998)
        switch preset {
        case .tiny: (recipe.epochs, recipe.leastViews, recipe.batchSize) = (8, 1600, 4)
        case .fast: (recipe.epochs, recipe.leastViews) = (10, 2000)
        case .balanced: break
        case .accurate:
            (recipe.epochs, recipe.leastViews) = (30, 6000)
            recipe.variation = ImageVariation(.standard)
        case .reference:
            // torchvision's for SSD300, but for the number of epochs.
            recipe.variation = ImageVariation(.standard)
            recipe.optimizer = OptimizerConfiguration(method: SGD(), weightDecay: 5e-4)
            (recipe.learningRatePerImage, recipe.schedule) = (6.25e-5, .steps)
            (recipe.epochs, recipe.leastViews, recipe.weightAverageDecay) = (60, 0, nil)
        }
        return recipe
    }
}
