import ArgumentParser

/// The options of `train` that say how a run is made, parsed as `train` parses them.
struct SharedOptions: ParsableArguments {
    @OptionGroup var recipe: RecipeOptions
    @OptionGroup var sampling: SamplingOptions
}
