import ArgumentParser
import Needletail

/// How often images are seen and classes count.
struct SamplingOptions: ParsableArguments {
    @Flag(help: "Train on images without boxes too, as background.")
    var keepEmpty = false

    @Option(help: "The greatest share of an epoch's images that may be without boxes, 0 to 1; with --keep-empty.")
    var emptyShare: Double?

    @Option(
        help: ArgumentHelp(
            "Repeat images with classes that fewer images than this share show, 0 to 1, such as 0.1.",
            discussion: "A class on a share f of the images counts as √(share / f) times as many."))
    var repeatRare: Double?

    @Flag(help: "Let boxes of classes with fewer than some hundred boxes count more.")
    var classWeights = false

    @Flag(help: "Join images of similar shapes in batches, so that less of them is padding.")
    var groupShapes = false

    func validate() throws {
        if let emptyShare, !(0...1).contains(emptyShare) {
            throw ValidationError("--empty-share takes a number from 0 to 1, not \(emptyShare).")
        }
        if emptyShare != nil, !keepEmpty {
            throw ValidationError("--empty-share limits what --keep-empty adds: give both.")
        }
        if let repeatRare, !(repeatRare > 0 && repeatRare <= 1) {
            throw ValidationError("--repeat-rare takes a number above 0 and up to 1, not \(repeatRare).")
        }
    }

    func apply(to recipe: inout TrainingRecipe) {
        recipe.keepsEmptyImages = keepEmpty
        recipe.sampling = SamplingConfiguration(
            repeatThreshold: repeatRare, groupsByAspectRatio: groupShapes, emptyImageLimit: emptyShare)
        recipe.classWeighting = classWeights ? .effectiveNumber : .none
    }
}
