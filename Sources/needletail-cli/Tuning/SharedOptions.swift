import ArgumentParser
import Needletail

/// The options of `train` that say how a run is made, parsed as `train` parses them.
struct SharedOptions: ParsableArguments {
    @OptionGroup var recipe: RecipeOptions
    @OptionGroup var sampling: SamplingOptions

    /// The recipe of a preset with the options that all candidates have.
    static func recipe(_ preset: TrainingRecipe.Preset, shared: [String], weights: String?) throws -> TrainingRecipe {
        let options = try parse(["--preset", preset.rawValue] + shared)
        return try options.recipe.recipe(options.sampling, weights: weights)
    }
}
