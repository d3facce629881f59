import NeedletailDatasets
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailPlatform
import NeedletailSystem

/// From what is asked for to a detector and a run.
extension TrainingRecipe {
    /// How images become the network's input.
    public var inputTransform: InputTransform {
        detector.recipe.inputTransform(size: inputSize, maximumSize: maximumSize)
    }

    /// A detector for what is trained from, started from its weights.
    ///
    /// Where they hold batch normalisation without statistics, those of a few images are measured.
    ///
    /// - Returns: What was taken over from the weights, too, if there are any.
    /// - Throws: ``TrainingError`` when weights are those of a detector of another kind; `ParameterMismatch`,
    ///   `CheckpointError`.
    public func makeDetector(
        for material: TrainingMaterial, seed: UInt64, pool: ThreadPool
    ) throws -> (detector: DenseDetector, report: InitializationReport?) {
        try checkChoices()
        let source = try material.source()?.network
        if let source, type(of: source).architectureName != type(of: detector.recipe).architectureName {
            throw TrainingError(
                .configuration, material.weights?.path ?? "",
                problem: "these are the weights of \(source.name), and the detector is to be a "
                    + "\(type(of: detector.recipe).architectureName)",
                remedy: "Leave the model to the weights, or give weights of its kind or of its backbone.")
        }
        let recipe = source.map { detector.recipe.following($0) } ?? detector.recipe
        let checkpoint = material.checkpoint
        let network = recipe.network(
            for: DetectorSubject(
                classCount: material.categories.count,
                backbone: checkpoint.flatMap { AnyBackboneArchitecture(of: $0) }, source: source,
                isPretrained: checkpoint != nil, normalization: normalization,
                boxes: AnchorFit(material.data, transform: inputTransform)))
        let made = DenseDetector(
            DenseDetector.Configuration(
                network: network, transform: inputTransform, postProcessing: recipe.postProcessing,
                categories: material.categories),
            seed: seed)
        var report = try checkpoint.map { try made.initialize(from: $0) }
        if let layers = report?.unmeasuredNormalizations, !layers.isEmpty {
            let examples = material.data.sample(of: TrainingMaterial.measuredImages)
            report?.measuredImages = try made.measureNormalization(layers, imageCount: examples.count, pool: pool) {
                index in
                let example = examples[index]
                return try ImageError.picture {
                    try AnnotatedImage.load(example.path, width: example.width, height: example.height)
                }
            }
        }
        return (made, report)
    }

    /// - Throws: ``TrainingError`` where a loss, or inputs of several sizes, do not suit the detector.
    public func checkChoices() throws(TrainingError) {
        let kind = type(of: detector.recipe)
        func check<Loss: RawRepresentable & Equatable>(
            _ loss: Loss?, of known: [Loss], _ setting: Setting, subject: String
        ) throws(TrainingError) where Loss.RawValue == String {
            guard let loss, !known.contains(loss) else { return }
            let names = known.map(\.rawValue).joined(separator: ", ")
            throw TrainingError(
                .configuration,
                problem: "'\(loss.rawValue)' is no loss for the \(subject) of a \(kind.architectureName)",
                remedy: known.isEmpty
                    ? "Leave out \(setting: setting): this detector has its own only."
                    : "Leave out \(setting: setting), or take one of \(names).")
        }
        try check(boxLoss, of: kind.boxLosses, .boxLoss, subject: "boxes")
        try check(classificationLoss, of: kind.classificationLosses, .classificationLoss, subject: "classes")
        guard !addsL1 || kind.canAddL1 else {
            throw TrainingError(
                .configuration, problem: "a \(kind.architectureName) has no L1 to be added to its loss of boxes",
                remedy: "Leave out \(setting: .addsL1).")
        }
        if sizeVariation > 0, let only = detector.recipe.inputSize {
            throw TrainingError(
                .configuration, problem: "the input of this detector is \(only)x\(only) pixels and no other",
                remedy: "Leave out \(setting: .sizeVariation).")
        }
    }

    /// Passes over a dataset of so many images, not more than a hundred for ``leastViews``.
    public func epochs(imageCount: Int) -> Int {
        max(epochs, min(100, (leastViews + imageCount - 1) / max(imageCount, 1)))
    }

    /// Of so many epochs those at the end in which images are not joined.
    func closingEpochs(of epochs: Int) -> Int {
        let usual = variation.joins || addsL1 ? min(Int(saturating: (Double(epochs) / 7).rounded(.up)), epochs - 1) : 0
        return closingEpochs ?? usual
    }

    /// The run on a number of images.
    ///
    /// - Parameter isPretrained: Whether the backbone starts from weights.
    public func configuration(imageCount: Int, isPretrained: Bool = true, seed: UInt64) -> TrainingConfiguration {
        let epochs = epochs(imageCount: imageCount)
        return TrainingConfiguration(
            epochs: epochs, budget: budget, batchSize: batchSize, optimizer: optimizer,
            decaysKernelsOnly: decaysKernelsOnly,
            backboneLearningRateMultiplier: backboneLearningRateMultiplier, batchesPerStep: batchesPerStep,
            schedule: schedule(steps: (imageCount + batchSize - 1) / batchSize * epochs, epochs: epochs),
            assignment: detector.recipe.assignment, classWeighting: classWeighting, boxLoss: boxLoss,
            boxLossWeight: boxLossWeight, classificationLoss: classificationLoss, sampling: sampling,
            weightAverageDecay: weightAverageDecay, gradientNormLimit: gradientNormLimit,
            // Where the image is only mirrored, that happens while it is resized.
            flipProbability: variation.flipProbability, augmentation: variation.policy,
            sizeVariation: sizeVariation, closingEpochs: closingEpochs(of: epochs), addsL1: addsL1,
            trainableLayers: trainableLayers ?? detector.recipe.trainableLayers(isPretrained: isPretrained),
            frozenEpochs: frozenEpochs, patience: patience,
            seed: seed
        ).dividingBatches(in: microBatches)
    }

    private func schedule(steps: Int, epochs: Int) -> LearningRateSchedule {
        schedule.rates(
            baseRate: learningRatePerImage * Float(batchSize) * Float(batchesPerStep), finalRate: finalRate,
            steps: steps, epochs: epochs, warmUpSteps: warmUpSteps)
    }
}

extension TrainingRecipe.Schedule {
    /// The rates of a run.
    ///
    /// - Parameters:
    ///   - finalRate: The share of the rate that a cosine ends with.
    ///   - steps: Of the whole run.
    func rates(
        baseRate: Float, finalRate: Float, steps: Int, epochs: Int, warmUpSteps: Int
    ) -> LearningRateSchedule {
        let decay: LearningRateSchedule.Decay =
            switch self {
            case .constant: .constant
            case .cosine: .cosine(floor: finalRate)
            case .oneCycle: .oneCycle()
            case .plateau: .plateau(PlateauDecay.Rule())
            case .steps:
                .steps(
                    epochs: [
                        Int(saturating: (Double(epochs) * 2 / 3).rounded()),
                        Int(saturating: (Double(epochs) * 0.9).rounded()),
                    ],
                    factor: 0.1)
            }
        return LearningRateSchedule(
            baseRate: baseRate, decay: decay, warmUpSteps: self == .oneCycle ? 0 : min(warmUpSteps, steps / 3))
    }
}
