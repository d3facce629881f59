import Needletail

/// A preset as a search tries it: with anchors for the dataset.
struct TuningPreset {
    let preset: TrainingRecipe.Preset
    /// What `train` is given for it, but for the learning rate.
    let flags: [String]
    /// What all presets are given, too.
    let shared: [String]
    let recipe: TrainingRecipe
    let anchors: AnchorChoice
    /// The preset's own.
    let learningRate: Float
    /// Of an epoch with its validation.
    let secondsPerEpoch: Double

    /// Chooses anchors and measures the speed.
    ///
    /// - Parameter shared: Options of `train` that all presets have.
    init(_ preset: TrainingRecipe.Preset, shared: [String], material: TrainingMaterial, seed: UInt64, pool: ThreadPool)
        throws
    {
        let source = try material.source()
        let start = ["--preset", preset.rawValue]
        let asked = try SharedOptions.parse(start + shared).recipe
        let recipe = asked.recipe(source: source)
        // Weights of a detector have learnt for its anchors, and the reference is there to compare with.
        let keepsRatios = source != nil || TrainingRecipe(preset).anchorSize != nil
        anchors = AnchorChoice(
            AnchorFit(material.data, transform: recipe.inputTransform), smallestSize: recipe.anchorSize,
            aspectRatios: asked.aspectRatios?.ratios ?? (keepsRatios ? recipe.aspectRatios : nil))
        var flags = start
        if recipe.anchorSize == nil, asked.anchorSize == nil { flags += ["--anchor-size", "\(anchors.smallestSize)"] }
        if anchors.aspectRatios != recipe.aspectRatios {
            flags += ["--aspect-ratios", AspectRatioList.text(anchors.aspectRatios)]
        }
        self.preset = preset
        self.flags = flags
        self.shared = shared
        let options = try SharedOptions.parse(flags + shared)
        self.recipe = options.recipe.recipe(source: source)
        learningRate =
            self.recipe.learningRatePerImage * Float(self.recipe.batchSize * options.recipe.accumulate)
        let (detector, _) = try options.recipe.makeDetector(self.recipe, for: material, seed: seed)
        let configuration = options.recipe.configuration(
            self.recipe, sampling: options.sampling, for: material,
            augmentation: try options.recipe.augmentationPolicy(), seed: seed)
        secondsPerEpoch = try TrainingPace(
            configuration, detector: detector, data: material.data, validation: material.validation, pool: pool
        ).secondsPerEpoch
    }
}

/// What a search tries: a preset at a learning rate.
struct TuningCandidate {
    let preset: TrainingRecipe.Preset
    let learningRate: Float
    /// All that `train` is given for it.
    let flags: [String]
    let options: SharedOptions
    /// The place of the preset among those tried.
    let group: Int

    init(_ preset: TuningPreset, learningRate: Float, group: Int) throws {
        self.preset = preset.preset
        self.learningRate = learningRate
        self.group = group
        flags = preset.flags + ["--learning-rate", "\(learningRate)"] + preset.shared
        options = try SharedOptions.parse(flags)
    }

    var name: String { "\(preset.rawValue)-\(learningRate)" }

    /// Factors of a preset's own learning rate that are tried unless rates are given.
    private static let factors: [Float] = [1 / 3, 1, 3]
    /// Epochs that each candidate should have in the first round, where it is ours to choose the candidates.
    private static let worthwhileEpochs = 3.0

    /// As many candidates as can be told apart in a time.
    ///
    /// What a person has listed is tried in any case. Otherwise there are fewer learning rates and, at last, only the
    /// first preset, so that each has a few epochs in the first round.
    static func field(
        _ presets: [TuningPreset], areGiven: Bool, learningRates: [Float]?, seconds: Double
    ) throws -> (candidates: [TuningCandidate], isReduced: Bool) {
        func candidates(_ presets: [TuningPreset], _ factors: [Float]) throws -> [TuningCandidate] {
            try presets.enumerated().flatMap { group, preset in
                let rates = learningRates ?? factors.map { rounded($0 * preset.learningRate) }
                return try rates.map { try TuningCandidate(preset, learningRate: $0, group: group) }
            }
        }
        var fields = [try candidates(presets, factors)]
        let fewest = areGiven ? presets : Array(presets.prefix(1))
        if fewest.count < presets.count { fields.append(try candidates(fewest, factors)) }
        if learningRates == nil {
            fields.append(try candidates(fewest, Array(factors.prefix(2))))
            if fewest.count > 1 { fields.append(try candidates(fewest, [1])) }
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
