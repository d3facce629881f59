import ArgumentParser
import Needletail

/// What is trained and how: a preset, and everything that is to be otherwise.
struct RecipeOptions: ParsableArguments {
    enum Assignment: String, ExpressibleByArgument, CaseIterable {
        case overlap, adaptive

        init(_ assignment: AnchorAssignment) {
            switch assignment {
            case .overlap: self = .overlap
            case .adaptive: self = .adaptive
            }
        }

        var value: AnchorAssignment {
            switch self {
            case .overlap: .overlap(AnchorMatcher())
            case .adaptive: .adaptive(AdaptiveAnchorSelection())
            }
        }
    }

    /// A number of pixels, or `auto`.
    struct AnchorSize: ExpressibleByArgument {
        /// Nil for what fits the dataset.
        var pixels: Int?

        init?(argument: String) {
            if argument == "auto" { return }
            guard let pixels = Int(argument) else { return nil }
            self.pixels = pixels
        }
    }

    @Option(
        help: ArgumentHelp(
            "What the detector is to be: tiny, fast, balanced, accurate, or reference, which is torchvision's recipe.",
            discussion:
                "Balanced unless given. It stands for values of the options below, each of which can be changed."))
    var preset = TrainingRecipe.Preset.balanced

    @Option(
        help: ArgumentHelp(
            "The detector by name: yolox-nano, retinanet-resnet18, ssd300-vgg16, ssdlite320-mobilenet-v3-large, fcos-resnet50 ….",
            discussion:
                "yolox- goes with nano, tiny, s, m, l and x; retinanet-, retinanet-v2-, fcos-, ssd300-, ssd512- and ssdlite320- "
                + "with \(AnyBackboneArchitecture.pyramidal.map(\.name).joined(separator: ", ")). "
                + "The detector of the weights, or an FCOS on their backbone, unless given."),
        transform: DetectorModel.parse)
    var model: DetectorModel?

    @Option(help: "The shorter side of the network's input, in pixels.")
    var size: Int?

    @Option(help: "The longest side that the input may have.")
    var maximumSize: Int?

    @Option(
        help: ArgumentHelp(
            "How much smaller or larger the input of a batch may be, as a share of the size, 0 to 0.5.",
            discussion: "Drawn for each batch, in steps of 32 pixels; one size unless given."))
    var sizeVariation: Float?

    @Option(help: "The side of the smallest anchors, in pixels of the network's input; auto fits it to the dataset.")
    var anchorSize: AnchorSize?

    @Option(help: "Shapes of the anchors, as heights divided by widths: 0.5,1,2 unless given. 'tune' suggests others.")
    var aspectRatios: AspectRatioList?

    @Option(help: "Width of the pyramid and the head.")
    var channels: Int?

    @Option(help: "Convolutions of each branch of the head before the last.")
    var headDepth: Int?

    @Option(help: "How anchors are given objects to predict: overlap, as RetinaNet has it, or adaptive.")
    var assignment: Assignment?

    @Option(
        help: ArgumentHelp(
            "The loss of boxes.", discussion: "The detector's own unless given; l1 and smooth-l1 go with anchors alone."
        ))
    var boxLoss: BoxLoss?

    @Option(
        help:
            "The loss of classes, where they do not share out a probability as SSD's do; the detector's own unless given."
    )
    var classLoss: ClassificationLoss?

    @Option(help: "What the loss of boxes is multiplied by.")
    var boxLossWeight: Float?

    @OptionGroup var run: TrainingOptions<DetectorWords>

    @Option(
        help: ArgumentHelp(
            "What else is done to images: \(AugmentationArgument.names), or a file; see 'augment'.",
            discussion: "Every draw is written to augmentation.jsonl."))
    var augment: String?

    @Option(
        help: ArgumentHelp(
            "Epochs at the end in which images are not joined with others.",
            discussion: "About a seventh of them unless given, where --augment has mosaic, mix-up or copy-paste."))
    var closingEpochs: Int?

    @Flag(help: "Add the absolute distance of boxes to the loss in the closing epochs, of a YOLOX.")
    var closingL1 = false

    @Option(
        help: "Layers of the backbone that are trained, counted from the top, 0 to 5; all of them without --weights.")
    var trainableLayers: Int?

    @Option(help: "Epochs at the start in which the whole backbone is frozen.")
    var freezeEpochs = 0

    @Option(
        help: ArgumentHelp(
            "Batch normalisation of the backbone: frozen keeps the weights' statistics, trained uses the batch's.",
            discussion: "Frozen with --weights, trained without."))
    var normalization: BatchNormalization.Kind?

    func validate() throws {
        let recipe = TrainingRecipe(preset)
        let size = size ?? recipe.inputSize
        try require(self.size, in: 32...8192, "--size")
        try require(
            (maximumSize ?? recipe.maximumSize) >= size, "--maximum-size must not be less than the size, \(size).")
        try require(sizeVariation, in: 0...0.5, "--size-variation")
        try require(anchorSize?.pixels, in: 4...512, "--anchor-size")
        try require(channels, in: 32...1024, "--channels")
        try require((channels ?? 32) % 32 == 0, "--channels takes a multiple of 32, the groups of its normalisation.")
        try require(headDepth, in: 1...8, "--head-depth")
        try require((boxLossWeight ?? 1) > 0, "--box-loss-weight takes a number above 0.")
        try run.requireMomentum(of: recipe.optimizer.method)
        try require(run.flip == nil || augment == nil, flipAndAugment)
        try require(closingEpochs, in: 0...100_000, "--closing-epochs")
        try require(trainableLayers, in: 0...5, "--trainable-layers")
        try run.requireFrozenEpochs(freezeEpochs)
        if normalization == .trained, let trainableLayers, trainableLayers < 5 {
            try require(
                false,
                "--normalization trained uses the batch's statistics, which layers that are not trained cannot follow: "
                    + "give --trainable-layers 5, or leave it out.")
        }
    }

    /// The preset with all that was given besides.
    ///
    /// - Parameter weights: The file that is started from, which decides what kind of detector it is unless `--model` does.
    /// - Throws: ``CommandError`` when the policy of `--augment` cannot be read, or an option does not go with the detector.
    func recipe(_ samplingOptions: SamplingOptions, weights: String?) throws -> TrainingRecipe {
        // What is wrong with the weights is said when they are read for good.
        let source = weights.flatMap { path in
            try? DenseDetector.configuration(of: Checkpoint.weights(contentsOf: path))
        }
        var recipe =
            model.map { TrainingRecipe(preset, model: $0.recipe) } ?? TrainingRecipe(preset, startingFrom: source)
        try changeDetector(of: &recipe)
        recipe.boxLoss = boxLoss
        recipe.classificationLoss = classLoss
        if let sizeVariation { recipe.sizeVariation = sizeVariation }
        recipe.closingEpochs = closingEpochs
        recipe.addsL1 = closingL1
        try recipe.checkChoices()
        if let boxLossWeight { recipe.boxLossWeight = boxLossWeight }
        if let batch = run.batch { recipe.batchSize = batch }
        recipe.microBatches = try run.microBatches(of: recipe.batchSize)
        recipe.batchesPerStep = run.accumulate
        if let epochs = run.epochs { (recipe.epochs, recipe.leastViews) = (epochs, 0) }
        recipe.budget = run.budget?.seconds
        recipe.patience = run.patience
        changeOptimizer(of: &recipe)
        if let rate = run.backboneRate { recipe.backboneLearningRateMultiplier = rate }
        if let schedule = run.schedule { recipe.schedule = schedule }
        if let warmUp = run.warmUp { recipe.warmUpSteps = warmUp }
        if run.average != nil { recipe.weightAverageDecay = run.averageDecay }
        recipe.gradientNormLimit = run.gradientNormLimit
        if let augment { recipe.variation = ImageVariation(try AugmentationArgument.policy(augment)) }
        if let flip = run.flip { recipe.variation = .mirroring(probability: flip) }
        recipe.trainableLayers = trainableLayers
        recipe.frozenEpochs = freezeEpochs
        recipe.normalization = normalization
        samplingOptions.apply(to: &recipe)
        return recipe
    }

    private func changeDetector(of recipe: inout TrainingRecipe) throws {
        if let size, let only = recipe.detector.recipe.inputSize, size != only {
            let sizes = SSD.Variant.allCases.map { "\($0.rawValue) \($0.inputSize)" }.joined(separator: ", ")
            throw CommandError(
                "--size \(size): the input of \(recipe.detector.recipe.modelName ?? "this detector") is \(only)x\(only) "
                    + "pixels and no other. Leave it out, or choose by --model among \(sizes), or a detector of another kind."
            )
        }
        if let size { recipe.inputSize = size }
        if let maximumSize { recipe.maximumSize = maximumSize }
        let divisor = recipe.detector.recipe.sizeDivisor
        guard recipe.inputSize.isMultiple(of: divisor) else {
            throw CommandError(
                "--size \(recipe.inputSize): the input of this detector has sides that are multiples of \(divisor). "
                    + "Give \(recipe.inputSize / divisor * divisor) or \((recipe.inputSize / divisor + 1) * divisor).")
        }
        let isGiven = [
            ("--anchor-size", anchorSize != nil), ("--aspect-ratios", aspectRatios != nil),
            ("--channels", channels != nil), ("--head-depth", headDepth != nil), ("--assignment", assignment != nil),
            ("--maximum-size", maximumSize != nil),
        ]
        func refuse(_ flags: [String], _ why: (String) -> String) throws {
            if let flag = flags.first(where: { flag in isGiven.contains { $0 == (flag, true) } }) {
                throw CommandError(why(flag))
            }
        }
        switch recipe.detector.recipe {
        case var own as RetinaNetRecipe:
            func set<Value>(
                _ part: RetinaNetRecipe.Part, _ path: WritableKeyPath<RetinaNetRecipe, Value>, to value: Value
            ) {
                own[keyPath: path] = value
                own.ownParts.insert(part)
            }
            if let anchorSize { set(.anchorSize, \.anchorSize, to: anchorSize.pixels) }
            if let aspectRatios { set(.aspectRatios, \.aspectRatios, to: aspectRatios.ratios) }
            if let channels { set(.channels, \.channels, to: channels) }
            if let headDepth { set(.headDepth, \.headDepth, to: headDepth) }
            if let assignment { own.anchorAssignment = assignment.value }
            recipe.retinaNet = own
        case var own as FCOSRecipe:
            try refuse(["--anchor-size", "--aspect-ratios", "--assignment"]) { flag in
                "\(flag) is about anchors, and an FCOS has none to choose. Leave it out, or choose a RetinaNet "
                    + "on the backbone of the weights: --model retinanet-\(own.backbone?.name ?? "resnet18 and the like")."
            }
            if let channels { own.channels = channels }
            if let headDepth { own.headDepth = headDepth }
            recipe.detector = AnyDetectorRecipe(own)
        default:
            try refuse(isGiven.map(\.0)) { flag in
                "\(flag) is about RetinaNet's anchors, head and input, and this detector is a "
                    + "\(type(of: recipe.detector.recipe).architectureName). Leave it out, or give --model and weights "
                    + "of a RetinaNet."
            }
        }
    }

    private func changeOptimizer(of recipe: inout TrainingRecipe) {
        if let optimizer = run.optimizer { recipe.choose(optimizer.choice) }
        if let momentum = run.momentum { recipe.optimizer.method.momentumSetting = momentum }
        if let weightDecay = run.weightDecay { recipe.optimizer.weightDecay = weightDecay }
        if let learningRate = run.learningRate { recipe.learningRate = learningRate }
    }
}

/// What `train` says of the options that all training has.
enum DetectorWords: TrainingWords {
    static let batch: ArgumentHelp = "Images of one batch."
    static let epochs = ArgumentHelp(
        "Passes over the training dataset.",
        discussion: "Those of the preset, or more where there are few images, unless given.")
    static let budget = ArgumentHelp(
        "The time that training may take, such as 30m or 1h30m.",
        discussion: "As many epochs are planned as fit into it; fewer are made if they take longer than planned.")
    static let learningRate: ArgumentHelp = "The learning rate."
    static let backboneRate: ArgumentHelp = "The backbone's share of the learning rate, 0 to 1."
    static let schedule = ArgumentHelp(
        "How the learning rate runs.",
        discussion: "steps: a tenth at two thirds and nine tenths. plateau: a tenth when validation stops to improve.")
    static let average = ArgumentHelp(
        "Decay of the moving average of the weights, such as 0.999; 0 for none.",
        discussion: "Validation and the detectors written see the average.")
    static let flip: ArgumentHelp = "How often images are mirrored, 0 to 1. Not with --augment."
    static let largestBatch = 1024
}

extension TrainingRecipe.Preset: ExpressibleByArgument {}
extension BatchNormalization.Kind: ExpressibleByArgument {}
extension BoxLoss: ExpressibleByArgument {}
extension ClassificationLoss: ExpressibleByArgument {}
