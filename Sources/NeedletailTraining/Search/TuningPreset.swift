import NeedletailKernels
import NeedletailModels

/// A preset as a search tries it: with anchors for the dataset.
public struct TuningPreset {
    public let preset: TrainingRecipe.Preset
    public let recipe: TrainingRecipe
    public let anchors: AnchorChoice
    /// Of an epoch with its validation.
    public let secondsPerEpoch: Double

    /// Chooses anchors and measures the speed.
    ///
    /// - Parameter recipe: The preset, with what all candidates are to have.
    public init(
        _ preset: TrainingRecipe.Preset, recipe: TrainingRecipe, material: TrainingMaterial, seed: UInt64,
        pool: ThreadPool
    ) throws {
        let source = try material.source()
        let followed = recipe.following(source)
        // Weights of a detector have learnt for its anchors, and the reference is there to compare with.
        let keepsRatios =
            recipe.ownParts.contains(.aspectRatios) || source != nil || TrainingRecipe(preset).anchorSize != nil
        anchors = AnchorChoice(
            AnchorFit(material.data, transform: followed.inputTransform), smallestSize: followed.anchorSize,
            aspectRatios: keepsRatios ? followed.aspectRatios : nil)
        var recipe = recipe
        if followed.anchorSize == nil, !recipe.ownParts.contains(.anchorSize) {
            recipe.anchorSize = anchors.smallestSize
            recipe.ownParts.insert(.anchorSize)
        }
        if anchors.aspectRatios != followed.aspectRatios {
            recipe.aspectRatios = anchors.aspectRatios
            recipe.ownParts.insert(.aspectRatios)
        }
        self.preset = preset
        self.recipe = recipe
        let (detector, _) = try recipe.makeDetector(for: material, seed: seed)
        secondsPerEpoch = try TrainingPace(
            recipe.configuration(
                imageCount: material.data.count, isPretrained: material.checkpoint != nil, seed: seed),
            detector: detector, data: material.data, validation: material.validation, pool: pool
        ).secondsPerEpoch
    }
}
