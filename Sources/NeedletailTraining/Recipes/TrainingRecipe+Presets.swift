import NeedletailModels

extension TrainingRecipe {
    /// A recipe by what a person wants of it.
    public enum Preset: String, CaseIterable, Sendable {
        /// A first detector within minutes: smaller images, fewer epochs.
        case fast
        /// The default.
        case balanced
        /// Larger images, a deeper head, stronger augmentation and more epochs.
        case accurate
        /// torchvision's network and recipe, to compare with.
        case reference
    }

    public init(_ preset: Preset) {
        self =
            switch preset {
            case .fast: .fast
            case .balanced: .balanced
            case .accurate: .accurate
            case .reference: .reference
            }
    }

    /// Group normalisation lets a head learn from small batches, and IoU as the loss of boxes suits their measure. A head
    /// of half the width and depth takes an eighth of the time and loses little where classes are few. Adam's steps suit
    /// the rare classes, whose gradients are small; the average of the weights is good before the rate has fallen.
    public static let balanced = TrainingRecipe(
        version: .v2, channels: 128, headDepth: 2, anchorSize: nil, inputSize: 416, maximumSize: 1333,
        variation: ImageVariation(.light), batchSize: 4, assignment: .adaptive(AdaptiveAnchorSelection()),
        boxLossWeight: 1, epochs: 16, leastViews: 3200,
        optimizer: OptimizerConfiguration(method: AdamW(), weightDecay: 0.01), learningRatePerImage: 5e-5,
        backboneLearningRateMultiplier: 1, schedule: .cosine, warmUpSteps: 100, weightAverageDecay: 0.998)

    public static let fast: TrainingRecipe = {
        var recipe = balanced
        recipe.inputSize = 320
        (recipe.epochs, recipe.leastViews) = (10, 2000)
        return recipe
    }()

    public static let accurate: TrainingRecipe = {
        var recipe = balanced
        recipe.inputSize = 512
        recipe.headDepth = 4
        (recipe.epochs, recipe.leastViews) = (20, 4000)
        recipe.variation = ImageVariation(.standard)
        return recipe
    }()

    public static let reference = TrainingRecipe(
        version: .v1, channels: 256, headDepth: 4, anchorSize: 32, inputSize: 320, maximumSize: 1333,
        variation: ImageVariation(.flip), batchSize: 4, assignment: .overlap(AnchorMatcher()), boxLossWeight: 1,
        epochs: 12, leastViews: 0, optimizer: OptimizerConfiguration(method: SGD(), weightDecay: 1e-4),
        learningRatePerImage: 0.00125, backboneLearningRateMultiplier: 1, schedule: .steps, warmUpSteps: 200,
        weightAverageDecay: nil)
}
