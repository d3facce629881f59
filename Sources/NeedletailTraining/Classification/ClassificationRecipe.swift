import NeedletailAugmentation
import NeedletailDatasets
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels

/// How a classifier is made and trained, before a dataset is known; what is nil is chosen for the dataset and the weights.
public struct ClassificationRecipe: Hashable, Sendable {
    // MARK: The classifier

    /// The network; that of the weights, or one that suits the pictures, unless given.
    public var network: AnyBackboneArchitecture?
    /// Side of the network's input, in pixels; the network's own unless given.
    public var inputSize: Int?
    /// How pictures come to that size: ``InputTransform/Fit/whole`` or ``InputTransform/Fit/middle``.
    public var fit: InputTransform.Fit?
    public var normalization: InputStatistics.Normalization?
    public var whitening: Whitening.Kind?
    /// How all weights begin, where there are none to start from. Unless given, each layer's own way, but He's in networks
    /// that have rectifiers and nothing that normalises: there signals would die away from layer to layer.
    public var initialization: Initialization?

    // MARK: What is made small

    public var loss: SampleLoss?
    /// The share of a picture's target that all classes have alike, 0 to below 1.
    public var labelSmoothing: Float = 0

    // MARK: What is learnt from

    public var variation: ImageVariation?
    public var sampling = SamplingConfiguration()
    public var batchSize = 64
    public var batchesPerStep = 1
    /// Equal parts that a batch is computed in, one after the other or by several processes; they divide ``batchSize``.
    public var microBatches = 1

    // MARK: How long

    public var epochs: Int?
    public var budget: Double?
    public var patience: Int?

    // MARK: How weights change

    public var optimizer: OptimizerConfiguration?
    /// With all pictures of a step.
    public var learningRate: Float?
    public var backboneLearningRateMultiplier: Float = 1
    public var schedule = TrainingRecipe.Schedule.cosine
    public var warmUpSteps: Int?
    public var gradientNormLimit: Float? = 10
    public var weightAverageDecay: Double?
    /// The topmost stages of the network that are trained; all unless given.
    public var trainableLayers: Int?
    /// Epochs at the start in which no stage is trained, but the head.
    public var frozenEpochs = 0

    public init() {}
}

extension ClassificationRecipe {
    /// A classifier for what is trained from, started from its weights.
    ///
    /// Where they hold batch normalisation without statistics, those of a few pictures are measured.
    ///
    /// - Returns: What was taken over from the weights, too, if there are any.
    /// - Throws: ``TrainingError``, `ClassifierError`, `ParameterMismatch`, `CheckpointError`.
    public func makeClassifier(
        for material: ClassificationMaterial, seed: UInt64, pool: ThreadPool
    ) throws -> (classifier: Classifier, report: InitializationReport?) {
        let source = try material.checkpoint.flatMap { try Classifier.configuration(of: $0) }
        let network = try network ?? material.network() ?? Self.suited(to: material.training)
        guard [1, 3].contains(network.architecture.inputChannels) else {
            throw TrainingError(
                .configuration,
                problem: "the network reads \(network.architecture.inputChannels) channels, and pictures have 1 or 3",
                remedy: "Begin its text with 'channels=1' for grey pictures, or 3.")
        }
        var transform = self.transform(network, material, source: source)
        let isStarted = material.checkpoint != nil
        if let source, normalization == nil, source.transform.channels == transform.channels {
            (transform.mean, transform.deviation) = (source.transform.mean, source.transform.deviation)
        } else {
            let chosen = normalization ?? (isStarted && transform.channels == 3 ? .imagenet : .dataset)
            transform = try InputStatistics(material.training, transform: transform).normalized(transform, by: chosen)
        }
        let map = try whitening.map {
            try InputStatistics.whitening($0, of: material.training, transform: transform)
        }
        let output: Classifier.Configuration.Output
        switch loss {
        case .binaryCrossEntropy: output = .anyClasses
        default: output = material.training.hasSeveralLabels ? .anyClasses : .oneClass
        }
        let classifier = Classifier(
            Classifier.Configuration(
                architecture: network, classes: material.training.classes, output: output, transform: transform,
                whitening: whitening), whitening: map, seed: seed)
        try Self.requireFit(classifier)
        if !isStarted, let initialization = initialization(of: classifier) {
            let last = classifier.graph.nodes.last { $0.operation is Linear }?.operation as? Linear
            classifier.parameters.initialize(initialization, seed: seed, last: last?.weight)
        }
        var report = try material.checkpoint.map { try classifier.initialize(from: $0) }
        if let layers = report?.unmeasuredNormalizations, !layers.isEmpty {
            let loader = PictureLoader(material.training, transform: classifier.inputTransform)
            let rows = evenly(TrainingMaterial.measuredImages, of: material.training.items.count)
            report?.measuredImages = try classifier.measureNormalization(layers, imageCount: rows.count, pool: pool) {
                index in
                try ImageError.picture { try loader.image(rows[index]) }
            }
        }
        return (classifier, report)
    }

    private func initialization(of classifier: Classifier) -> Initialization? {
        if let initialization { return initialization }
        return Self.isRectifiedAlone(classifier) ? .kaiming : nil
    }

    /// Whether there are rectifiers in a network and nothing that normalises.
    private static func isRectifiedAlone(_ classifier: Classifier) -> Bool {
        let operations = classifier.graph.nodes.map(\.operation)
        let isRectified = operations.contains { [.relu, .relu6].contains(($0 as? ElementwiseActivation)?.function) }
        let isNormalized = operations.contains {
            $0 is BatchNormalization || $0 is GroupNormalization || $0 is LayerNormalization
        }
        return isRectified && !isNormalized
    }

    /// Finds before any work that a network takes images of the size that it is to read.
    private static func requireFit(_ classifier: Classifier) throws {
        let transform = classifier.inputTransform, size = transform.fixedSize ?? .init(width: 1, height: 1)
        let shape = TensorShape(batch: 1, height: size.height, width: size.width, channels: transform.channels)
        do {
            _ = try classifier.graph.outputTypes(inputs: [TensorType(shape)])
        } catch {
            let architecture = classifier.configuration.architecture.architecture
            throw TrainingError(
                .configuration,
                problem: "the network does not take pictures of \(size.width)x\(size.height) pixels (\(error))",
                remedy: "Give another \(setting: .inputSize): it was made for \(architecture.inputSize).")
        }
    }

    /// For small grey pictures a small network.
    private static func suited(to dataset: ClassificationDataset) -> AnyBackboneArchitecture {
        if case .array(let pictures, _) = dataset.items.first?.source, pictures.format == .gray {
            return AnyBackboneArchitecture(LeNet.lenet5)
        }
        return .resnet18
    }

    private func transform(
        _ network: AnyBackboneArchitecture, _ material: ClassificationMaterial, source: Classifier.Configuration?
    ) -> InputTransform {
        if let source, source.architecture == network, inputSize == nil, fit == nil {
            return source.transform
        }
        let text = network.architecture as? TextNetwork
        let size = text?.inputExtent ?? Extent(inputSize ?? network.architecture.inputSize)
        // What is cut out of a photograph shows nothing but its object, and a small picture is used as a whole.
        let isWhole =
            material.training.items.first.map { item in if case .file = item.source { false } else { true } } ?? true
        let isSquare = size.height == size.width
        let usual: InputTransform.Fit =
            isWhole || !isSquare || network.architecture.inputChannels == 1 || size.height < 96 ? .whole : .middle
        var transform = InputTransform(
            fit: fit ?? usual, minimumSize: size.height, maximumSize: size.width, divisor: 1)
        if transform.fit == .middle { transform.maximumSize = size.height * 8 / 7 }
        if network.architecture.inputChannels == 1 { transform.channelOrder = .gray }
        return transform
    }

    /// What training makes small.
    func criterion(for classifier: Classifier) -> SampleLoss {
        switch loss ?? (classifier.configuration.output == .oneClass ? .crossEntropy : .binaryCrossEntropy) {
        case .crossEntropy: .crossEntropy(labelSmoothing: labelSmoothing)
        case .binaryCrossEntropy: .binaryCrossEntropy(labelSmoothing: labelSmoothing)
        case let other: other
        }
    }

    /// The run on a dataset.
    ///
    /// Without weights: SGD with Nesterov's momentum at a rate of 0.05 for 64 pictures, 20 epochs; with weights a
    /// twentieth of the rate and 8 epochs. Deep networks without normalisation, AlexNet and the plain VGG, learn at a tenth of
    /// the rate, as torchvision trains them; at the whole AlexNet stays at chance. Few pictures are seen more often. Pictures are
    /// mirrored every other time, but grey ones never: writing and scans are not the same when they are.
    public func configuration(
        for classifier: Classifier, material: ClassificationMaterial, seed: UInt64
    ) -> TrainingConfiguration {
        let count = material.training.items.count, isStarted = material.checkpoint != nil
        let leastViews = isStarted ? 4000 : 20_000
        let epochs = epochs ?? max(isStarted ? 8 : 20, min(100, (leastViews + count - 1) / max(count, 1)))
        let steps = (count + batchSize - 1) / batchSize * epochs
        let optimizer = optimizer ?? OptimizerConfiguration(method: SGD(usesNesterov: true), weightDecay: 5e-4)
        let rate = learningRate ?? usualRate(optimizer, of: classifier, isStarted: isStarted)
        let variation = variation ?? .mirroring(probability: material.training.isGray ? 0 : 0.5)
        let stages = classifier.parameterGroups.count { $0.isBackbone }
        var configuration = TrainingConfiguration(
            epochs: epochs, budget: budget, batchSize: batchSize, optimizer: optimizer, decaysKernelsOnly: true,
            backboneLearningRateMultiplier: backboneLearningRateMultiplier, batchesPerStep: batchesPerStep,
            schedule: schedule.rates(
                baseRate: rate, finalRate: 0, steps: steps, epochs: epochs,
                warmUpSteps: warmUpSteps ?? min(100, steps / 10)),
            assignment: nil, sampling: sampling, weightAverageDecay: weightAverageDecay,
            gradientNormLimit: gradientNormLimit, flipProbability: variation.flipProbability,
            augmentation: variation.policy, trainableLayers: min(trainableLayers ?? stages, stages),
            frozenEpochs: frozenEpochs, patience: patience, seed: seed)
        configuration.loss = criterion(for: classifier)
        configuration.initialization = isStarted ? nil : initialization(of: classifier)
        return configuration.dividingBatches(in: microBatches)
    }

    /// The rate of a method by its name suits detectors that are fine-tuned; without weights it can be ten times that.
    private func usualRate(
        _ optimizer: OptimizerConfiguration, of classifier: Classifier, isStarted: Bool
    ) -> Float {
        let pictures = Float(batchSize * batchesPerStep)
        if let own = self.optimizer,
            let choice = OptimizerConfiguration.choices.first(where: {
                type(of: $0.method).name == type(of: own.method).name
            }), type(of: own.method).name != SGD.name
        {
            return choice.learningRatePerImage * min(pictures, 32) * (isStarted ? 0.1 : 1)
        }
        let depth = classifier.graph.nodes.count { $0.operation is Convolution || $0.operation is Linear }
        let isDelicate = Self.isRectifiedAlone(classifier) && depth > 5
        return 0.05 / 64 * pictures * (isStarted ? 0.05 : isDelicate ? 0.1 : 1)
    }
}
