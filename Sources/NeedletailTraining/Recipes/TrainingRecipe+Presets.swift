import NeedletailModels

extension TrainingRecipe {
    /// A recipe by what a person wants of it.
    public enum Preset: String, CaseIterable, Sendable {
        /// For small machines and the shortest time: inputs as small as they can be, little memory.
        case tiny
        /// A first detector within minutes: smaller images, fewer epochs.
        case fast
        /// The default.
        case balanced
        /// Larger images, a deeper head, stronger augmentation and more epochs.
        case accurate
        /// torchvision's network and recipe, to compare with.
        case reference
    }

    /// - Parameter source: The detector whose weights are started from, if they are one's: what suits one kind does not suit
    ///   another.
    public init(_ preset: Preset, startingFrom source: DenseDetector.Configuration? = nil) {
        let kind = source.flatMap { AnyDetectorRecipe.kind(of: $0.network) } ?? AnyDetectorRecipe.usual
        self = kind.recipe(preset)
        guard let source else { return }
        let followed = detector.recipe.following(source.network)
        if let size = followed.inputSize {
            detector = AnyDetectorRecipe(followed)
            (inputSize, maximumSize) = (size, size)
        }
    }

    /// The recipe of a preset for the detector of a name, as ``AnyDetectorRecipe/models`` has them.
    public init(_ preset: Preset, model: AnyDetectorRecipe) {
        self = type(of: model.recipe).recipe(preset)
        detector = model
        if let size = model.recipe.inputSize { (inputSize, maximumSize) = (size, size) }
    }

    public static let balanced = TrainingRecipe(.balanced)
    public static let fast = TrainingRecipe(.fast)
    public static let accurate = TrainingRecipe(.accurate)
    public static let reference = TrainingRecipe(.reference)
}
