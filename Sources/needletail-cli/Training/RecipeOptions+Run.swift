import Needletail

/// From what is asked for to a detector and a run.
extension RecipeOptions {
    /// The policy of `--augment`, if it was given.
    func augmentationPolicy() throws -> AugmentationPolicy? { try augment.map { try AugmentationArgument.policy($0) } }

    /// A detector for the material, started from its weights.
    ///
    /// - Returns: What was taken over from the weights, too, if there are any.
    func makeDetector(_ recipe: TrainingRecipe, for material: TrainingMaterial, seed: UInt64) throws
        -> (detector: DenseDetector, report: InitializationReport?)
    {
        let transform = recipe.inputTransform
        let checkpoint = material.checkpoint
        let backbone =
            model?.backbone ?? checkpoint.flatMap { AnyBackboneArchitecture(of: $0) }
            ?? .resnet18
        var network = recipe.network(
            backbone: backbone, classCount: material.categories.count,
            boxes: AnchorFit(material.data, transform: transform))
        network.normalization = normalization ?? (checkpoint == nil ? .trained : .frozen)
        if let source = try material.source()?.network as? RetinaNet {
            network.normalizationEpsilon = source.normalizationEpsilon
        }
        let detector = DenseDetector(
            DenseDetector.Configuration(network: network, transform: transform, categories: material.categories),
            seed: seed)
        return (detector, try checkpoint.map { try detector.initialize(from: $0) })
    }

    /// A run on the material, of the recipe's epochs.
    ///
    /// - Parameter augmentation: What ``augmentationPolicy()`` has read.
    func configuration(
        _ recipe: TrainingRecipe, sampling: SamplingOptions, for material: TrainingMaterial,
        augmentation: AugmentationPolicy?, seed: UInt64
    ) -> TrainingConfiguration {
        var configuration = recipe.configuration(imageCount: material.data.count, seed: seed)
        if let augmentation {
            let isMirroring = augmentation == AugmentationPolicy(.flip) || augmentation == AugmentationPolicy(.none)
            configuration.augmentation = isMirroring ? nil : augmentation
            configuration.flipProbability = augmentation == AugmentationPolicy(.none) ? 0 : 0.5
        }
        if let flip {
            configuration.augmentation = nil
            configuration.flipProbability = flip
        }
        configuration.gradientNormLimit = clip > 0 ? clip : nil
        configuration.batchesPerStep = accumulate
        configuration.schedule.baseRate *= Float(accumulate)
        configuration.frozenEpochs = freezeEpochs
        configuration.patience = patience
        sampling.apply(to: &configuration)
        if material.checkpoint == nil, trainableLayers == nil { configuration.trainableLayers = 5 }
        return configuration
    }
}

extension InitializationReport {
    /// Says what was taken over, or that nothing was.
    static func tell(_ report: InitializationReport?, console: Console) {
        guard let report else {
            console.warn(
                "without --weights the network starts from random numbers, which takes many more images and epochs")
            return
        }
        let kind = report.architecture.map { " (\($0))" } ?? ""
        console.note("\(report.path)\(kind): \(report.filledCount) parameters taken over")
        if !report.reusedCategories.isEmpty {
            console.note("known categories: \(report.reusedCategories.joined(separator: ", "))")
        }
    }
}
