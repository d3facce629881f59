import NeedletailAugmentation
import NeedletailGraph
import NeedletailModels

/// Everything about a training run except its data and starting weights.
public struct TrainingConfiguration: Codable, Hashable, Sendable {
    public var epochs: Int
    /// Seconds that the run may take; it ends in fewer ``epochs`` when they prove too many. Nil for as long as it takes.
    public var budget: Double?
    public var batchSize: Int
    public var optimizer: OptimizerConfiguration
    /// Whether biases and the factors and offsets of normalisation do not decay.
    public var decaysKernelsOnly: Bool
    /// What the learning rate is multiplied by in the backbone, 0 to 1.
    public var backboneLearningRateMultiplier: Float
    /// Batches whose gradients are averaged for one step.
    public var batchesPerStep: Int
    public var schedule: LearningRateSchedule
    /// Which anchors learn to predict which objects, where there are anchors.
    public var assignment: AnchorAssignment?
    /// How much the objects of each class count.
    public var classWeighting: ClassWeighting
    /// Nil for the detector's own.
    public var boxLoss: BoxLoss?
    /// What the loss of boxes is multiplied by.
    public var boxLossWeight: Float
    /// Nil for the detector's own.
    public var classificationLoss: ClassificationLoss?
    /// How often images are seen, and which together.
    public var sampling: SamplingConfiguration
    /// Decay of the moving average of the weights that validation and the detectors written see; nil for the weights
    /// themselves. See `WeightAverage`.
    public var weightAverageDecay: Double?
    /// Gradients longer than this are shortened to it; nil leaves them alone.
    public var gradientNormLimit: Float?
    /// How often an image is mirrored.
    public var flipProbability: Float
    /// What else is done to images; nil for nothing. With a policy ``flipProbability`` has no effect.
    public var augmentation: AugmentationPolicy?
    /// How much smaller or larger than the model's the input of a batch may be, as a share of it; 0 for one size.
    public var sizeVariation: Float
    /// Epochs at the end in which images are not joined with others, and ``addsL1`` counts.
    public var closingEpochs: Int
    /// Whether closing epochs add a distance of boxes to the loss, where the detector has one.
    public var addsL1: Bool
    /// The topmost layers of the backbone that are trained, 0 to 5.
    public var trainableLayers: Int
    /// Epochs at the start in which no layer of the backbone is trained.
    public var frozenEpochs: Int
    /// Epochs without a better validation AP after which the run ends; nil for training to the last epoch.
    public var patience: Int?
    /// What a classifier makes small; a detector has a loss of its own.
    public var loss: SampleLoss?
    /// How all weights began, where each layer's own way was not wanted.
    public var initialization: Initialization?
    public var seed: UInt64

    public init(
        epochs: Int = 12, budget: Double? = nil, batchSize: Int = 4, optimizer: OptimizerConfiguration = .init(),
        decaysKernelsOnly: Bool = false, backboneLearningRateMultiplier: Float = 1, batchesPerStep: Int = 1,
        schedule: LearningRateSchedule, assignment: AnchorAssignment? = .overlap(AnchorMatcher()),
        classWeighting: ClassWeighting = .none, boxLoss: BoxLoss? = nil, boxLossWeight: Float = 1,
        classificationLoss: ClassificationLoss? = nil, sampling: SamplingConfiguration = .init(),
        weightAverageDecay: Double? = nil, gradientNormLimit: Float? = 10, flipProbability: Float = 0.5,
        augmentation: AugmentationPolicy? = nil, sizeVariation: Float = 0, closingEpochs: Int = 0,
        addsL1: Bool = false, trainableLayers: Int = 3, frozenEpochs: Int = 0, patience: Int? = nil, seed: UInt64 = 0
    ) {
        self.epochs = epochs
        self.budget = budget
        self.batchSize = batchSize
        self.optimizer = optimizer
        self.decaysKernelsOnly = decaysKernelsOnly
        self.backboneLearningRateMultiplier = backboneLearningRateMultiplier
        self.batchesPerStep = batchesPerStep
        self.schedule = schedule
        self.assignment = assignment
        self.classWeighting = classWeighting
        self.boxLoss = boxLoss
        self.boxLossWeight = boxLossWeight
        self.classificationLoss = classificationLoss
        self.sampling = sampling
        self.weightAverageDecay = weightAverageDecay
        self.gradientNormLimit = gradientNormLimit
        self.flipProbability = flipProbability
        self.augmentation = augmentation
        self.sizeVariation = sizeVariation
        self.closingEpochs = closingEpochs
        self.addsL1 = addsL1
        self.trainableLayers = trainableLayers
        self.frozenEpochs = frozenEpochs
        self.patience = patience
        self.seed = seed
    }

    /// The topmost layers of the backbone that are trained in an epoch, counted from 0.
    func trainableLayers(epoch: Int) -> Int { epoch < frozenEpochs ? 0 : trainableLayers }
}
