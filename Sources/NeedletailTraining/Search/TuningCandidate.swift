/// What a search tries: a preset, perhaps with another optimiser, at a learning rate.
public struct TuningCandidate: Sendable {
    public let preset: TrainingRecipe.Preset
    public let recipe: TrainingRecipe
    public let learningRate: Float
    /// The name of the optimiser, where several are tried.
    public let optimizer: String?
    public let name: String
    /// The place of the preset among those tried.
    public let group: Int

    init(_ preset: TuningPreset, learningRate: Float, group: Int) {
        self.preset = preset.preset
        self.learningRate = learningRate
        optimizer = preset.optimizer
        name = "\(preset.name)-\(learningRate)"
        self.group = group
        var recipe = preset.recipe
        recipe.learningRate = learningRate
        self.recipe = recipe
    }

    /// Factors of a preset's own learning rate that are tried unless rates are given.
    private static let factors: [Float] = [1 / 3, 1, 3]
    /// Epochs that each candidate should have in the first round, where it is ours to choose the candidates.
    private static let worthwhileEpochs = 3.0

    /// As many candidates as can be told apart in a time.
    ///
    /// What a person has listed is tried in any case. Otherwise there are fewer learning rates and, at last, only the
    /// first preset, so that each has a few epochs in the first round.
    ///
    /// - Parameters:
    ///   - areGiven: Whether a person has listed the presets.
    ///   - learningRates: Those that a person has listed.
    public static func field(
        _ presets: [TuningPreset], areGiven: Bool, learningRates: [Float]?, seconds: Double
    ) -> (candidates: [TuningCandidate], isReduced: Bool) {
        func candidates(_ presets: [TuningPreset], _ factors: [Float]) -> [TuningCandidate] {
            presets.enumerated().flatMap { group, preset in
                let rates = learningRates ?? factors.map { rounded($0 * preset.recipe.learningRate) }
                return rates.map { TuningCandidate(preset, learningRate: $0, group: group) }
            }
        }
        var fields = [candidates(presets, factors)]
        // Of the first preset, with all optimisers that a person has listed.
        let fewest = areGiven ? presets : presets.filter { $0.preset == presets[0].preset }
        if fewest.count < presets.count { fields.append(candidates(fewest, factors)) }
        if learningRates == nil {
            fields.append(candidates(fewest, Array(factors.prefix(2))))
            if fewest.count > 1 { fields.append(candidates(fewest, [1])) }
        }
        let affordable = fields.firstIndex { field in
            SuccessiveHalving.neededSeconds(field.map { presets[$0.group].secondsPerEpoch }) * worthwhileEpochs
                <= seconds
        }
        let chosen = affordable ?? fields.count - 1
        return (fields[chosen], chosen > 0)
    }

    /// A number with two digits that matter.
    private static func rounded(_ rate: Float) -> Float {
        var scale = 1.0
        while Double(rate) * scale < 10 { scale *= 10 }
        while Double(rate) * scale >= 100 { scale /= 10 }
        return Float((Double(rate) * scale).rounded() / scale)
    }
}
