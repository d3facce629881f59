import NeedletailAugmentation
import NeedletailDetectors
import NeedletailNetworks

/// Everything about a training run except its data and starting weights.
public struct TrainingConfiguration: Codable, Hashable, Sendable {
    public var epochs: Int
    public var batchSize: Int
    public var optimizer: OptimizerConfiguration
    public var schedule: LearningRateSchedule
    /// Which anchors learn to predict which objects.
    public var assignment: AnchorAssignment
    /// Decay of the moving average of the weights that validation and the detectors written see; nil for the weights
    /// themselves. See `WeightAverage`.
    public var weightAverageDecay: Double?
    /// Gradients longer than this are shortened to it; nil leaves them alone.
    public var gradientNormLimit: Float?
    /// How often an image is mirrored.
    public var flipProbability: Float
    /// What else is done to images; nil for nothing. With a policy ``flipProbability`` has no effect.
    public var augmentation: AugmentationPolicy?
    /// The topmost layers of the backbone that are trained, 0 to 5.
    public var trainableLayers: Int
    public var seed: UInt64

    public init(
        epochs: Int = 12, batchSize: Int = 4, optimizer: OptimizerConfiguration = .init(),
        schedule: LearningRateSchedule, assignment: AnchorAssignment = .overlap(AnchorMatcher()),
        weightAverageDecay: Double? = nil, gradientNormLimit: Float? = 10, flipProbability: Float = 0.5,
        augmentation: AugmentationPolicy? = nil, trainableLayers: Int = 3, seed: UInt64 = 0
    ) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.optimizer = optimizer
        self.schedule = schedule
        self.assignment = assignment
        self.weightAverageDecay = weightAverageDecay
        self.gradientNormLimit = gradientNormLimit
        self.flipProbability = flipProbability
        self.augmentation = augmentation
        self.trainableLayers = trainableLayers
        self.seed = seed
    }
}
