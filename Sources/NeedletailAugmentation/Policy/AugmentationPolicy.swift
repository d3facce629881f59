import NeedletailRandom

/// What may be done to training images, and how often.
///
/// Everything is drawn from the seed, the epoch and the image's name, so that an image is augmented alike whatever was
/// done before it, by however many threads, and in a run that was resumed.
public struct AugmentationPolicy: Hashable, Sendable {
    /// As ``init(text:)`` reads it.
    public let text: String
    public let steps: [AugmentationStep]
    public let rules: BoxRules

    init(text: String, steps: [AugmentationStep], rules: BoxRules) {
        self.text = text
        self.steps = steps
        self.rules = rules
    }

    /// Augments an image.
    ///
    /// Should no object be left of an image that had some, everything is drawn again, up to five times; then the
    /// image stays as it is.
    ///
    /// - Parameters:
    ///   - name: The image's, among those of its dataset.
    ///   - pool: Other images, for operations that join several.
    ///   - sufficientSide: The shorter side that is enough: an image of at least twice as much is shrunk to a whole
    ///     fraction that is not below it, which spares time and memory. `nil` leaves images as large as they are.
    /// - Returns: The image, and the recipe that made it.
    public func augment(
        _ sample: LabeledImage, name: String, seed: UInt64, epoch: Int, pool: ImagePool = .empty,
        sufficientSide: Int? = nil
    ) -> (sample: LabeledImage, recipe: AugmentationRecipe) {
        var stream = RandomStream(seed: seed, name: "augmentation \(epoch) \(name)")
        var start = sample
        var first = AugmentationRecipe()
        let factor = sufficientSide.map { min(sample.image.width, sample.image.height) / max($0, 1) } ?? 1
        if factor > 1, (try? ImageOperation.shrink(factor: factor).apply(to: &start, pool: pool)) != nil {
            first.operations = [.shrink(factor: factor)]
        }
        let aspect = Double(start.image.width) / Double(start.image.height)
        for _ in 0..<5 {
            var result = start
            var recipe = first
            for step in steps {
                step.perform(on: &result, noting: &recipe, aspect: aspect, pool: pool, from: &stream)
            }
            result.objects.removeAll { !rules.keeps($0) }
            if !result.objects.isEmpty || sample.objects.isEmpty { return (result, recipe) }
        }
        return (start, first)
    }
}
