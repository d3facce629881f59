import NeedletailGraph
import NeedletailModels

/// How a detector is made and trained, before a dataset is known: a preset, each part of it to be changed.
public struct TrainingRecipe: Codable, Hashable, Sendable {
    // MARK: The detector

    /// What kind of detector it is, and what of it is known.
    public var detector: AnyDetectorRecipe
    /// Of the network's batch normalisation; nil for what suits the detector and its weights.
    public var normalization: BatchNormalization.Kind?
    /// The shorter side of the network's input, in pixels.
    public var inputSize: Int
    /// The longest side that the input may have.
    public var maximumSize: Int

    // MARK: What is learnt from

    /// What is done to images.
    public var variation: ImageVariation
    /// How much smaller or larger than ``inputSize`` the input of a batch may be, as a share of it; 0 for one size.
    public var sizeVariation: Float = 0
    /// Epochs at the end in which images are not joined with others, and ``addsL1`` counts; nil for about a seventh of them
    /// where either does anything.
    public var closingEpochs: Int?
    /// Whether images without boxes are trained on, as background.
    public var keepsEmptyImages = false
    /// How often images are seen, and which together.
    public var sampling = SamplingConfiguration()
    public var batchSize: Int
    /// Batches whose gradients are averaged for one step.
    public var batchesPerStep = 1
    /// Equal parts that a batch is computed in, one after the other or by several processes; they divide ``batchSize``.
    public var microBatches = 1

    // MARK: What is made small

    /// Nil for the detector's own.
    public var boxLoss: BoxLoss?
    /// What the loss of boxes is multiplied by.
    public var boxLossWeight: Float
    /// Nil for the detector's own.
    public var classificationLoss: ClassificationLoss?
    /// Whether closing epochs add the absolute distance of boxes to the loss, where the detector can.
    public var addsL1 = false
    /// How much the objects of each class count.
    public var classWeighting = ClassWeighting.none

    // MARK: How long

    /// Passes over the dataset; more of them where these look at fewer images than ``leastViews``.
    public var epochs: Int
    /// Images that training looks at, counted every time: a few dozen have to be seen more often than thousands until
    /// a detector has learnt. Zero where ``epochs`` are to be as they are.
    public var leastViews: Int
    /// Seconds that training may take: it has as many epochs as fit into them. Nil for ``epochs``.
    public var budget: Double?
    /// Epochs without a better validation AP after which the run ends; nil for training to the last epoch.
    public var patience: Int?

    // MARK: How weights change

    public var optimizer: OptimizerConfiguration
    /// Whether biases and the factors and offsets of normalisation do not decay.
    public var decaysKernelsOnly = false
    /// Per image that takes part in a step.
    public var learningRatePerImage: Float
    /// What the learning rate is multiplied by in the backbone, 0 to 1.
    public var backboneLearningRateMultiplier: Float
    public var schedule: Schedule
    /// The share of the learning rate that a cosine ends with.
    public var finalRate: Float = 0
    public var warmUpSteps: Int
    /// Gradients longer than this are shortened to it; nil leaves them alone.
    public var gradientNormLimit: Float? = 10
    public var weightAverageDecay: Double?
    /// The topmost layers of the backbone that are trained, 0 to 5; nil for what suits the detector and its weights.
    public var trainableLayers: Int?
    /// Epochs at the start in which no layer of the backbone is trained.
    public var frozenEpochs = 0
}

extension TrainingRecipe {
    /// How the learning rate runs, in terms that suit any number of epochs.
    public enum Schedule: String, CaseIterable, Codable, Sendable {
        /// A tenth at two thirds and at nine tenths of the epochs.
        case steps
        /// Half a cosine to zero.
        case cosine
        /// Up to the rate in the first three tenths, then down to nothing.
        case oneCycle = "one-cycle"
        /// A tenth whenever validation has not improved for some epochs.
        case plateau
        case constant
    }

    /// The learning rate of a step with all its images.
    public var learningRate: Float {
        get { learningRatePerImage * Float(batchSize * batchesPerStep) }
        set { learningRatePerImage = newValue / Float(batchSize * batchesPerStep) }
    }

    /// Takes another optimiser, with a rate and a weight decay that suit it; the rate stays that of a recipe which has the
    /// same method already.
    public mutating func choose(_ choice: OptimizerChoice) {
        if type(of: optimizer.method).name != type(of: choice.method).name {
            learningRatePerImage = choice.learningRatePerImage
        }
        optimizer = OptimizerConfiguration(method: choice.method, weightDecay: choice.weightDecay)
    }
}
