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
    /// - Returns: The image, and the recipe that made it.
    public func augment(
        _ sample: LabeledImage, name: String, seed: UInt64, epoch: Int, pool: ImagePool = .empty
    ) -> (sample: LabeledImage, recipe: AugmentationRecipe) {
        var stream = RandomStream(seed: seed, name: "augmentation \(epoch) \(name)")
        for _ in 0..<5 {
            var result = sample
            var recipe = AugmentationRecipe()
            for step in steps {
                guard let operation = step.draw(for: result, pool: pool, from: &stream) else { continue }
                var next = result
                // Another image that cannot be read is named where its own turn comes; here it is not joined.
                guard (try? operation.apply(to: &next, pool: pool)) != nil else { continue }
                result = next
                recipe.operations.append(operation)
            }
            result.objects.removeAll { !rules.keeps($0) }
            if !result.objects.isEmpty || sample.objects.isEmpty { return (result, recipe) }
        }
        return (sample, AugmentationRecipe())
    }
}
