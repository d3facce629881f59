import Needletail

/// A recipe as options of `train`, those of its preset left out.
struct RecipeFlags {
    /// `--preset fast --size 512 …`
    let words: [String]

    /// - Parameter policy: What a person has called the policy of the recipe: a name or a file.
    init(_ recipe: TrainingRecipe, preset: TrainingRecipe.Preset, policy: String? = nil) {
        let start = Self.start(recipe, preset: preset)
        var words = ["--preset", preset.rawValue]
        func add(_ flag: String, _ value: some CustomStringConvertible) { words += [flag, value.description] }
        func add<Value: Equatable & CustomStringConvertible>(
            _ flag: String, _ path: KeyPath<TrainingRecipe, Value>
        ) {
            if recipe[keyPath: path] != start[keyPath: path] { add(flag, recipe[keyPath: path]) }
        }
        if let model = recipe.detector.recipe.modelName { add("--model", model) }
        add("--size", \.inputSize)
        add("--maximum-size", \.maximumSize)
        add("--size-variation", \.sizeVariation)
        if let own = recipe.retinaNet { words += Self.retinaNet(own, start: start.retinaNet) }
        if let own = recipe.detector.recipe as? FCOSRecipe {
            if let channels = own.channels { add("--channels", channels) }
            if let depth = own.headDepth { add("--head-depth", depth) }
        }
        if let loss = recipe.boxLoss { add("--box-loss", loss.rawValue) }
        if let loss = recipe.classificationLoss { add("--class-loss", loss.rawValue) }
        add("--box-loss-weight", \.boxLossWeight)
        add("--batch", \.batchSize)
        add("--micro-batches", \.microBatches)
        add("--accumulate", \.batchesPerStep)
        if (recipe.epochs, recipe.leastViews) != (start.epochs, start.leastViews) { add("--epochs", recipe.epochs) }
        if let budget = recipe.budget { add("--budget", "\(budget)s") }
        if let patience = recipe.patience { add("--patience", patience) }
        words += Self.optimizer(recipe, start: start)
        add("--backbone-rate", \.backboneLearningRateMultiplier)
        if recipe.schedule != start.schedule { add("--schedule", recipe.schedule.rawValue) }
        add("--warm-up", \.warmUpSteps)
        if recipe.weightAverageDecay != start.weightAverageDecay { add("--average", recipe.weightAverageDecay ?? 0) }
        if recipe.gradientNormLimit != start.gradientNormLimit { add("--clip", recipe.gradientNormLimit ?? 0) }
        if recipe.variation != start.variation {
            switch recipe.variation {
            case .mirroring(let probability): add("--flip", probability)
            case .policy: if let policy { add("--augment", policy) }
            }
        }
        if let epochs = recipe.closingEpochs { add("--closing-epochs", epochs) }
        if recipe.addsL1 { words.append("--closing-l1") }
        if let layers = recipe.trainableLayers { add("--trainable-layers", layers) }
        add("--freeze-epochs", \.frozenEpochs)
        if let normalization = recipe.normalization { add("--normalization", normalization.rawValue) }
        if recipe.keepsEmptyImages { words.append("--keep-empty") }
        if let limit = recipe.sampling.emptyImageLimit { add("--empty-share", limit) }
        if let threshold = recipe.sampling.repeatThreshold { add("--repeat-rare", threshold) }
        if recipe.classWeighting == .effectiveNumber { words.append("--class-weights") }
        if recipe.sampling.groupsByAspectRatio { words.append("--group-shapes") }
        self.words = words
    }

    /// What the flags start from: the preset, with what a model by its name brings along.
    private static func start(_ recipe: TrainingRecipe, preset: TrainingRecipe.Preset) -> TrainingRecipe {
        if let model = recipe.detector.recipe.modelName.flatMap({ DetectorModel(argument: $0) }) {
            return TrainingRecipe(preset, model: model.recipe)
        }
        return type(of: recipe.detector.recipe).recipe(preset)
    }

    private static func retinaNet(_ own: RetinaNetRecipe, start: RetinaNetRecipe?) -> [String] {
        var words: [String] = []
        if own.ownParts.contains(.anchorSize) {
            words += ["--anchor-size", own.anchorSize.map { "\($0)" } ?? "auto"]
        }
        if own.ownParts.contains(.aspectRatios) {
            words += ["--aspect-ratios", AspectRatioList.text(own.aspectRatios)]
        }
        if own.ownParts.contains(.channels) || own.channels != start?.channels {
            words += ["--channels", "\(own.channels)"]
        }
        if own.ownParts.contains(.headDepth) || own.headDepth != start?.headDepth {
            words += ["--head-depth", "\(own.headDepth)"]
        }
        if own.anchorAssignment != start?.anchorAssignment {
            words += ["--assignment", RecipeOptions.Assignment(own.anchorAssignment).rawValue]
        }
        return words
    }

    private static func optimizer(_ recipe: TrainingRecipe, start: TrainingRecipe) -> [String] {
        var start = start
        var words: [String] = []
        /// The method, apart from its momentum.
        func isLike(_ method: any OptimizationMethod) -> Bool {
            var method = method
            method.momentumSetting = recipe.optimizer.method.momentumSetting
            return OptimizerConfiguration(method: method) == OptimizerConfiguration(method: recipe.optimizer.method)
        }
        if !isLike(start.optimizer.method),
            let choice = OptimizerConfiguration.choices.first(where: { isLike($0.method) })
        {
            words += ["--optimizer", choice.name]
            start.choose(choice)
        }
        if let momentum = recipe.optimizer.method.momentumSetting, momentum != start.optimizer.method.momentumSetting {
            words += ["--momentum", "\(momentum)"]
        }
        if recipe.optimizer.weightDecay != start.optimizer.weightDecay {
            words += ["--weight-decay", "\(recipe.optimizer.weightDecay)"]
        }
        if recipe.learningRatePerImage != start.learningRatePerImage {
            words += ["--learning-rate", "\(recipe.learningRate)"]
        }
        return words
    }
}
