import ArgumentParser
import Needletail
import NeedletailErrors

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
            discussion:
                "Each layer's own way, or kaiming for networks with rectifiers and nothing that normalises, unless given."
        ))
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

    @OptionGroup var run: TrainingOptions<ClassifierWords>

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
        try require(model == nil || layers == nil, "--model and --layers exclude each other.")
        try require(size, in: 4...2048, "--size")
        try require((0..<1).contains(labelSmoothing), "--label-smoothing takes a number from 0 to below 1.")
        try require(
            labelSmoothing == 0 || [nil, .crossEntropy, .binaryCrossEntropy].contains(loss),
            "--label-smoothing goes with cross-entropy, of classes or binary.")
        try run.requireMomentum(of: SGD())
        try require(run.flip == nil || augment == nil, flipAndAugment)
        try require(trainableLayers, in: 0...1000, "--trainable-layers")
        try run.requireFrozenEpochs(freezeEpochs)
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
        if let flip = run.flip { recipe.variation = .mirroring(probability: flip) }
        recipe.sampling = SamplingConfiguration(repeatThreshold: repeatRare)
        if let batch = run.batch { recipe.batchSize = batch }
        recipe.microBatches = try run.microBatches(of: recipe.batchSize)
        recipe.batchesPerStep = run.accumulate
        recipe.epochs = run.epochs
        recipe.budget = run.budget?.seconds
        recipe.patience = run.patience
        if run.optimizer != nil || run.momentum != nil || run.weightDecay != nil {
            let choice = run.optimizer?.choice
            var method = choice?.method ?? SGD(usesNesterov: true)
            if let momentum = run.momentum { method.momentumSetting = momentum }
            recipe.optimizer = OptimizerConfiguration(
                method: method, weightDecay: run.weightDecay ?? choice?.weightDecay ?? 5e-4)
        }
        recipe.learningRate = run.learningRate
        if let rate = run.backboneRate { recipe.backboneLearningRateMultiplier = rate }
        if let schedule = run.schedule { recipe.schedule = schedule }
        recipe.warmUpSteps = run.warmUp
        recipe.weightAverageDecay = run.averageDecay
        recipe.gradientNormLimit = run.gradientNormLimit
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
            let names = AnyBackboneArchitecture.all.map(\.name)
            throw CommandError(
                "--model \(model): there is neither a network of this name nor a file."
                    + "\(NearestName.question(model, among: names)) Networks are \(names.joined(separator: ", ")).")
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

/// What `classify train` says of the options that all training has.
enum ClassifierWords: TrainingWords {
    static let batch: ArgumentHelp = "Pictures of one batch."
    static let epochs: ArgumentHelp =
        "Passes over the pictures: 20, or 8 with --weights, and more where there are few, unless given."
    static let budget: ArgumentHelp = "The time that training may take, such as 30m or 1h30m."
    static let learningRate: ArgumentHelp =
        "The learning rate: for 64 pictures 0.05, 0.005 of deep networks without normalisation, or 0.0025 with --weights, unless given."
    static let backboneRate: ArgumentHelp =
        "The share of the learning rate of all but the last layers, 0 to 1; 1 unless given."
    static let schedule: ArgumentHelp = "How the learning rate runs; cosine unless given."
    static let average: ArgumentHelp = "Decay of the moving average of the weights, such as 0.999; 0 for none."
    static let flip: ArgumentHelp =
        "How often pictures are mirrored, 0 to 1: every other time, and grey ones never, unless given."
    static let largestBatch = 4096
}

extension InputStatistics.Normalization: ExpressibleByArgument {}
extension Whitening.Kind: ExpressibleByArgument {}
extension Initialization: ExpressibleByArgument {}
