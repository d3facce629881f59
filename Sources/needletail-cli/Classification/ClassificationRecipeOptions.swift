import ArgumentParser
import Needletail

/// What network is trained to tell pictures apart, and how.
struct ClassificationRecipeOptions: ParsableArguments {
    enum Fit: String, ExpressibleByArgument, CaseIterable {
        case whole, middle

        var value: InputTransform.Fit { self == .whole ? .whole : .middle }
    }

    enum Loss: String, ExpressibleByArgument, CaseIterable {
        case crossEntropy = "cross-entropy"
        case binaryCrossEntropy = "binary-cross-entropy"
        case meanSquaredError = "mean-squared-error"
        case meanAbsoluteError = "mean-absolute-error"
        case huber

        var value: SampleLoss {
            switch self {
            case .crossEntropy: .crossEntropy
            case .binaryCrossEntropy: .binaryCrossEntropy
            case .meanSquaredError: .meanSquaredError
            case .meanAbsoluteError: .meanAbsoluteError
            case .huber: .huber(delta: 1)
            }
        }
    }

    @Option(
        help: ArgumentHelp(
            "The network: a name, as 'summary' knows them, or a file with its layers in words that ends in .net.",
            discussion: "That of the weights unless given; lenet5 for MNIST's files, or else resnet18, without weights."
        ))
    var model: String?

    @Option(help: "The network's layers in words, separated by semicolons: 'input 28 channels=1; linear 10'.")
    var layers: String?

    @Option(help: "The side of the network's input, in pixels; the network's own unless given.")
    var size: Int?

    @Option(
        help: ArgumentHelp(
            "How pictures come to that size: whole, stretched to it, or the middle of them.",
            discussion: "The middle for photographs, whole for small pictures, grey ones and crops, unless given."))
    var fit: Fit?

    @Option(
        help: ArgumentHelp(
            "How pixels are normalised: with the mean and deviation of the dataset or of imagenet, min-max, or none.",
            discussion: "As the weights expect it, or of the dataset without weights, unless given."))
    var normalize: InputStatistics.Normalization?

    @Option(
        help: "Make pixels independent of one another, along principal axes (pca) or turned back to the image (zca).")
    var whitening: Whitening.Kind?

    @Option(
        help: ArgumentHelp(
            "How all weights begin: normal (0.01 times), xavier or kaiming.",
            discussion: "Each layer's own way unless given."))
    var initialization: Initialization?

    @Option(
        help: ArgumentHelp(
            "What is made small.",
            discussion:
                "Cross-entropy, or binary where pictures show several classes, unless given. With binary-cross-entropy every class "
                + "has a probability of its own."))
    var loss: Loss?

    @Option(help: "The share of a picture's target that all classes have alike, such as 0.1.")
    var labelSmoothing: Float = 0

    @Option(help: "Pictures of one batch.")
    var batch: Int?

    @Option(help: "Batches whose gradients are averaged for one step.")
    var accumulate = 1

    @Option(help: "Passes over the pictures: 20, or 8 with --weights, and more where there are few, unless given.")
    var epochs: Int?

    @Option(help: "The time that training may take, such as 30m or 1h30m.")
    var budget: TimeSpan?

    @Option(help: "End when validation has not improved for this many epochs.")
    var patience: Int?

    @Option(help: "How weights follow their gradients.")
    var optimizer: RecipeOptions.Method?

    @Option(help: "The learning rate: for 64 pictures 0.05, or 0.0025 with --weights, unless given.")
    var learningRate: Float?

    @Option(help: "The share of the learning rate of all but the last layers, 0 to 1.")
    var backboneRate: Float = 1

    @Option(help: "How the learning rate runs.")
    var schedule = TrainingRecipe.Schedule.cosine

    @Option(help: "Batches over which the learning rate rises at first.")
    var warmUp: Int?

    @Option(help: "Momentum of sgd, nesterov and rmsprop.")
    var momentum: Double?

    @Option(help: "Weight decay.")
    var weightDecay: Double?

    @Option(help: "Decay of the moving average of the weights, such as 0.999; 0 for none.")
    var average: Double?

    @Option(help: "Gradients longer than this are shortened to it; 0 for never.")
    var clip: Float = 10

    @Option(help: "How often pictures are mirrored, 0 to 1: every other time, and grey ones never, unless given.")
    var flip: Float?

    @Option(
        name: [.customLong("augment"), .customLong("augmentation")],
        help: "What else is done to pictures: \(AugmentationArgument.names), or a file; see 'augment'.")
    var augment: String?

    @Option(
        help: "Stages of the network below its last layers that are trained, counted from the top; all unless given.")
    var trainableLayers: Int?

    @Option(help: "Epochs at the start in which only the last layers are trained.")
    var freezeEpochs = 0

    @Option(help: "Repeat pictures of classes that fewer pictures than this share show, 0 to 1, such as 0.1.")
    var repeatRare: Double?

    func validate() throws {
        func require(_ condition: Bool, _ message: String) throws {
            if !condition { throw ValidationError(message) }
        }
        func require<Number: Comparable>(_ value: Number?, in range: ClosedRange<Number>, _ flag: String) throws {
            guard let value, !range.contains(value) else { return }
            throw ValidationError(
                "\(flag) takes a number from \(range.lowerBound) to \(range.upperBound), not \(value).")
        }
        try require(model == nil || layers == nil, "--model and --layers exclude each other.")
        try require(size, in: 4...2048, "--size")
        try require((0..<1).contains(labelSmoothing), "--label-smoothing takes a number from 0 to below 1.")
        try require(
            labelSmoothing == 0 || [nil, .crossEntropy, .binaryCrossEntropy].contains(loss),
            "--label-smoothing goes with cross-entropy, of classes or binary.")
        try require(batch, in: 1...4096, "--batch")
        try require(accumulate, in: 1...1024, "--accumulate")
        try require(epochs, in: 1...100_000, "--epochs")
        try require(epochs == nil || budget == nil, "--epochs and --budget exclude each other: the time decides.")
        try require(patience, in: 1...100_000, "--patience")
        try require((learningRate ?? 1) > 0 && (learningRate ?? 1).isFinite, "--learning-rate takes a number above 0.")
        try require(backboneRate, in: 0...1, "--backbone-rate")
        try require((warmUp ?? 0) >= 0, "--warm-up takes a number from 0.")
        try require((0..<1).contains(momentum ?? 0), "--momentum takes a number from 0 to below 1.")
        try require(
            momentum == nil || (optimizer?.choice.method ?? SGD()).momentumSetting != nil,
            "--momentum goes with --optimizer sgd, nesterov or rmsprop.")
        try require((weightDecay ?? 0) >= 0, "--weight-decay takes a number from 0.")
        try require((0..<1).contains(average ?? 0), "--average takes a number from 0 to below 1.")
        try require(clip >= 0, "--clip takes a number from 0, not \(clip).")
        try require(flip, in: 0...1, "--flip")
        try require(flip == nil || augment == nil, "--flip and --augment exclude each other: a policy says how often.")
        try require(trainableLayers, in: 0...1000, "--trainable-layers")
        try require(freezeEpochs, in: 0...100_000, "--freeze-epochs")
        if let epochs { try require(freezeEpochs < epochs, "--freeze-epochs must be less than --epochs, \(epochs).") }
        if let repeatRare {
            try require(repeatRare > 0 && repeatRare <= 1, "--repeat-rare takes a number above 0 and up to 1.")
        }
    }

    /// - Throws: ``CommandError`` when there is no such network, or the policy of `--augment` cannot be read.
    func recipe() throws -> ClassificationRecipe {
        var recipe = ClassificationRecipe()
        recipe.network = try network()
        if let size, recipe.network?.architecture is TextNetwork {
            throw CommandError("--size \(size): the network's text says the size of its input; change it there.")
        }
        recipe.inputSize = size
        recipe.fit = fit?.value
        recipe.normalization = normalize
        recipe.whitening = whitening
        recipe.initialization = initialization
        recipe.loss = loss?.value
        recipe.labelSmoothing = labelSmoothing
        if let augment { recipe.variation = ImageVariation(try policy(augment)) }
        if let flip { recipe.variation = .mirroring(probability: flip) }
        recipe.sampling = SamplingConfiguration(repeatThreshold: repeatRare)
        if let batch { recipe.batchSize = batch }
        recipe.batchesPerStep = accumulate
        recipe.epochs = epochs
        recipe.budget = budget?.seconds
        recipe.patience = patience
        if optimizer != nil || momentum != nil || weightDecay != nil {
            let choice = optimizer?.choice
            var method = choice?.method ?? SGD(usesNesterov: true)
            if let momentum { method.momentumSetting = momentum }
            recipe.optimizer = OptimizerConfiguration(
                method: method, weightDecay: weightDecay ?? choice?.weightDecay ?? 5e-4)
        }
        recipe.learningRate = learningRate
        recipe.backboneLearningRateMultiplier = backboneRate
        recipe.schedule = schedule
        recipe.warmUpSteps = warmUp
        recipe.weightAverageDecay = average.flatMap { $0 > 0 ? $0 : nil }
        recipe.gradientNormLimit = clip > 0 ? clip : nil
        recipe.trainableLayers = trainableLayers
        recipe.frozenEpochs = freezeEpochs
        return recipe
    }

    private func network() throws -> AnyBackboneArchitecture? {
        if let layers { return AnyBackboneArchitecture(try TextNetwork(layers)) }
        guard let model else { return nil }
        if model.hasSuffix(".net") || (ImageFolder.exists(model) && !ImageFolder.isFolder(model)) {
            guard ImageFolder.exists(model) else { throw CommandError("\(model): there is no such file.") }
            return AnyBackboneArchitecture(
                try TextNetwork(TextFile.read(model, limit: 1 << 20), file: model))
        }
        guard let known = AnyBackboneArchitecture(name: model) else {
            throw CommandError(
                "--model \(model): there is neither a network of this name nor a file. Networks are "
                    + "\(AnyBackboneArchitecture.all.map(\.name).joined(separator: ", ")).")
        }
        return known
    }

    /// What joins several pictures would join their classes.
    private func policy(_ argument: String) throws -> AugmentationPolicy {
        let policy = try AugmentationArgument.policy(argument)
        let joining = policy.joiningOperations
        guard joining.isEmpty || AugmentationPolicy.Preset(rawValue: argument) != nil else {
            throw CommandError(
                "\(argument): \(joining.joined(separator: ", ")) join pictures, whose classes differ. Leave them out.")
        }
        return policy
    }
}

extension InputStatistics.Normalization: ExpressibleByArgument {}
extension Whitening.Kind: ExpressibleByArgument {}
extension Initialization: ExpressibleByArgument {}
