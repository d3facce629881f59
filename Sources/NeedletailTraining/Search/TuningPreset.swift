import NeedletailKernels
import NeedletailModels

/// A preset as a search tries it: with anchors for the dataset.
public struct TuningPreset {
    public let preset: TrainingRecipe.Preset
    public private(set) var recipe: TrainingRecipe
    /// The name of its optimiser, where several are tried.
    public private(set) var optimizer: String?
    /// Nil where there are no anchors.
    public let anchors: AnchorChoice?
    /// Of an epoch with its validation.
    public let secondsPerEpoch: Double

    /// Chooses anchors and measures the speed.
    ///
    /// - Parameter recipe: The preset, with what all candidates are to have.
    public init(
        _ preset: TrainingRecipe.Preset, recipe: TrainingRecipe, material: TrainingMaterial, seed: UInt64,
        pool: ThreadPool
    ) throws {
        var recipe = recipe
        anchors = try Self.chooseAnchors(of: &recipe, preset: preset, material: material)
        self.preset = preset
        self.recipe = recipe
        let (detector, _) = try recipe.makeDetector(for: material, seed: seed, pool: pool)
        secondsPerEpoch = try TrainingPace(
            recipe.configuration(
                imageCount: material.data.count, isPretrained: material.checkpoint != nil, seed: seed),
            detector: detector, data: material.data, validation: material.validation, pool: pool
        ).secondsPerEpoch
    }

    /// The preset with another optimiser, at a rate and a weight decay that suit it; the speed is about the same.
    public func choosing(_ optimizer: OptimizerChoice) -> TuningPreset {
        var other = self
        other.recipe.choose(optimizer)
        other.optimizer = optimizer.name
        return other
    }

    /// `fast`, or `fast-adamw` where optimisers are tried.
    public var name: String { preset.rawValue + (optimizer.map { "-" + $0 } ?? "") }

    private static func chooseAnchors(
        of recipe: inout TrainingRecipe, preset: TrainingRecipe.Preset, material: TrainingMaterial
    ) throws -> AnchorChoice? {
        guard var own = recipe.retinaNet else { return nil }
        let source = try material.source()?.network
        let followed = source.map { own.following($0) } ?? own
        // Weights of a detector have learnt for its anchors, and the reference is there to compare with.
        let keepsRatios =
            own.ownParts.contains(.aspectRatios) || source != nil
            || RetinaNetRecipe.recipe(preset).retinaNet?.anchorSize != nil
        let anchors = AnchorChoice(
            AnchorFit(material.data, transform: recipe.inputTransform), smallestSize: followed.anchorSize,
            aspectRatios: keepsRatios ? followed.aspectRatios : nil)
        if followed.anchorSize == nil, !own.ownParts.contains(.anchorSize) {
            own.anchorSize = anchors.smallestSize
            own.ownParts.insert(.anchorSize)
        }
        if anchors.aspectRatios != followed.aspectRatios {
            own.aspectRatios = anchors.aspectRatios
            own.ownParts.insert(.aspectRatios)
        }
        recipe.retinaNet = own
        return anchors
    }
}
