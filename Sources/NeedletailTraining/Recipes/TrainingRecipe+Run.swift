import NeedletailGraph
import NeedletailModels

/// From what is asked for to a detector and a run.
extension TrainingRecipe {
    /// How images become the network's input.
    public var inputTransform: InputTransform { InputTransform(minimumSize: inputSize, maximumSize: maximumSize) }

    /// The network for a dataset.
    ///
    /// - Parameters:
    ///   - classCount: Of the dataset, without background.
    ///   - boxes: Where ``anchorSize`` is left to the dataset: its boxes, see ``AnchorFit``.
    public func network(
        backbone: AnyBackboneArchitecture, classCount: Int, boxes: AnchorFit
    ) -> RetinaNet {
        RetinaNet(
            backbone: backbone, version: version, channels: min(channels, backbone.architecture.mostHeadChannels),
            headDepth: headDepth, classCount: classCount + 1,
            anchors: .retinaNet(
                smallestSize: anchorSize ?? boxes.smallestSize(aspectRatios: aspectRatios), aspectRatios: aspectRatios),
            // The statistics of batches as small as detection's mislead; pretrained ones are kept.
            normalization: normalization ?? .frozen)
    }

    /// A detector for what is trained from, started from its weights.
    ///
    /// - Returns: What was taken over from the weights, too, if there are any.
    /// - Throws: `ParameterMismatch`, `CheckpointError`.
    public func makeDetector(
        for material: TrainingMaterial, seed: UInt64
    ) throws -> (detector: DenseDetector, report: InitializationReport?) {
        let recipe = following(try material.source())
        let checkpoint = material.checkpoint
        var network = recipe.network(
            backbone: backbone ?? checkpoint.flatMap { AnyBackboneArchitecture(of: $0) } ?? .resnet18,
            classCount: material.categories.count, boxes: AnchorFit(material.data, transform: inputTransform))
        network.normalization = normalization ?? (checkpoint == nil ? .trained : .frozen)
        if let source = try material.source()?.network as? RetinaNet {
            network.normalizationEpsilon = source.normalizationEpsilon
        }
        let detector = DenseDetector(
            DenseDetector.Configuration(network: network, transform: inputTransform, categories: material.categories),
            seed: seed)
        return (detector, try checkpoint.map { try detector.initialize(from: $0) })
    }

    /// Passes over a dataset of so many images, not more than a hundred for ``leastViews``.
    public func epochs(imageCount: Int) -> Int {
        max(epochs, min(100, (leastViews + imageCount - 1) / max(imageCount, 1)))
    }

    /// The run on a number of images.
    ///
    /// - Parameter isPretrained: Whether the backbone starts from weights.
    public func configuration(imageCount: Int, isPretrained: Bool = true, seed: UInt64) -> TrainingConfiguration {
        let epochs = epochs(imageCount: imageCount)
        return TrainingConfiguration(
            epochs: epochs, budget: budget, batchSize: batchSize, optimizer: optimizer,
            backboneLearningRateMultiplier: backboneLearningRateMultiplier, batchesPerStep: batchesPerStep,
            schedule: schedule(steps: (imageCount + batchSize - 1) / batchSize * epochs, epochs: epochs),
            assignment: assignment, classWeighting: classWeighting, boxLossWeight: boxLossWeight, sampling: sampling,
            weightAverageDecay: weightAverageDecay, gradientNormLimit: gradientNormLimit,
            // Where the image is only mirrored, that happens while it is resized.
            flipProbability: variation.flipProbability, augmentation: variation.policy,
            trainableLayers: trainableLayers ?? (isPretrained ? 3 : 5), frozenEpochs: frozenEpochs, patience: patience,
            seed: seed)
    }

    private func schedule(steps: Int, epochs: Int) -> LearningRateSchedule {
        let decay: LearningRateSchedule.Decay =
            switch schedule {
            case .constant: .constant
            case .cosine: .cosine(floor: 0)
            case .oneCycle: .oneCycle()
            case .plateau: .plateau(PlateauDecay.Rule())
            case .steps:
                .steps(
                    epochs: [Int((Double(epochs) * 2 / 3).rounded()), Int((Double(epochs) * 0.9).rounded())],
                    factor: 0.1)
            }
        return LearningRateSchedule(
            baseRate: learningRatePerImage * Float(batchSize) * Float(batchesPerStep), decay: decay,
            warmUpSteps: schedule == .oneCycle ? 0 : min(warmUpSteps, steps / 3))
    }
}
