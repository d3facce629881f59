import NeedletailGraph
import NeedletailModels

/// How a YOLOX is made for a dataset.
public struct YOLOXRecipe: DetectorRecipe {
    /// Nil for that of the weights; nano where they do not tell.
    public var variant: YOLOX.Variant?

    public init(_ variant: YOLOX.Variant? = nil) {
        self.variant = variant
    }

    public static var architectureName: String { YOLOX.architectureName }

    public static var models: [(name: String, recipe: YOLOXRecipe)] {
        YOLOX.Variant.allCases.map { ("yolox-\($0.rawValue)", YOLOXRecipe($0)) }
    }

    public var modelName: String? { variant.map { "yolox-\($0.rawValue)" } }
    public var assignment: AnchorAssignment? { nil }
    public var sizeDivisor: Int { 32 }
    public var postProcessing: PostProcessing { YOLOX.postProcessing }
    public static var boxLosses: [BoxLoss] { BoxLoss.ofCorners }
    public static var classificationLosses: [ClassificationLoss] { [.qualityFocal] }

    public static var canAddL1: Bool { true }

    public func following(_ source: any DenseArchitecture) -> YOLOXRecipe {
        YOLOXRecipe(variant ?? (source as? YOLOX)?.variant)
    }

    public func network(for subject: DetectorSubject) -> any DenseArchitecture {
        YOLOX(
            variant ?? .nano, classCount: subject.classCount, normalization: subject.normalization ?? .trained)
    }

    /// The published letterbox without what is empty of its square, a quarter for most photographs.
    public func inputTransform(size: Int, maximumSize: Int) -> InputTransform {
        var transform = YOLOX.inputTransform(size: size)
        transform.fit = .longerSide
        return transform
    }

    /// A detector that knows COCO changes as a whole: with a frozen backbone it learns less.
    public func trainableLayers(isPretrained: Bool) -> Int { 5 }

    public static func recipe(_ preset: TrainingRecipe.Preset) -> TrainingRecipe {
        var recipe = TrainingRecipe(
            detector: AnyDetectorRecipe(YOLOXRecipe()), inputSize: 416, maximumSize: 416,
            variation: ImageVariation(.light), batchSize: 8, boxLossWeight: 1, epochs: 10, leastViews: 2000,
            optimizer: OptimizerConfiguration(method: SGD(usesNesterov: true), weightDecay: 5e-4),
            learningRatePerImage: 1.25e-3, backboneLearningRateMultiplier: 1, schedule: .cosine, warmUpSteps: 26,
            weightAverageDecay: 0.998)
        recipe.finalRate = 0.05
        recipe.decaysKernelsOnly = true
        switch preset {
        case .tiny, .fast:
            // In few epochs more steps help more than larger ones.
            (recipe.epochs, recipe.leastViews, recipe.batchSize) = (5, 1000, 4)
            if preset == .tiny { (recipe.inputSize, recipe.maximumSize) = (320, 320) }
        case .balanced: break
        case .accurate: (recipe.epochs, recipe.leastViews) = (25, 5000)
        case .reference: recipe.variation = ImageVariation(.flip)
        }
        return recipe
    }
}
