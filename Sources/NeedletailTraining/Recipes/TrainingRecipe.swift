import NeedletailGraph
import NeedletailModels

/// How a detector is made and trained, before a dataset is known: a preset, each part of it to be changed.
public struct TrainingRecipe: Codable, Hashable, Sendable {
    /// A part of a detector that its weights may decide.
    public enum DetectorPart: String, Codable, CaseIterable, Sendable {
        case version, channels, headDepth, anchorSize, aspectRatios
    }

    // MARK: The detector

    /// Nil for that of the weights; a ResNet-18 where they do not tell.
    public var backbone: AnyBackboneArchitecture?
    /// Which of torchvision's two networks the detector is built like.
    public var version: RetinaNet.Version
    /// Width of pyramid and head.
    public var channels: Int
    /// Convolutions of each branch of the head before the one that predicts.
    public var headDepth: Int
    /// The side of the smallest anchors, in pixels of the input; nil for one that fits the dataset.
    public var anchorSize: Int?
    /// Height divided by width of the anchors.
    public var aspectRatios: [Float] = [0.5, 1, 2]
    /// Whether weights of a detector decide about all its parts but ``ownParts``.
    public var followsWeights = true
    /// The parts that stay as they are here whatever the weights are.
    public var ownParts: Set<DetectorPart> = []
    /// Of the backbone's batch normalisation; nil to keep the statistics of weights, and to train them without.
    public var normalization: BatchNormalization.Kind?
    /// The shorter side of the network's input, in pixels.
    public var inputSize: Int
    /// The longest side that the input may have.
    public var maximumSize: Int

    // MARK: What is learnt from

    /// What is done to images.
    public var variation: ImageVariation
    /// Whether images without boxes are trained on, as background.
    public var keepsEmptyImages = false
    /// How often images are seen, and which together.
    public var sampling = SamplingConfiguration()
    public var batchSize: Int
    /// Batches whose gradients are averaged for one step.
    public var batchesPerStep = 1

    // MARK: What is made small

    public var assignment: AnchorAssignment
    /// What the loss of boxes is multiplied by.
    public var boxLossWeight: Float
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
    /// Per image that takes part in a step.
    public var learningRatePerImage: Float
    /// What the learning rate is multiplied by in the backbone, 0 to 1.
    public var backboneLearningRateMultiplier: Float
    public var schedule: Schedule
    public var warmUpSteps: Int
    /// Gradients longer than this are shortened to it; nil leaves them alone.
    public var gradientNormLimit: Float? = 10
    public var weightAverageDecay: Double?
    /// The topmost layers of the backbone that are trained, 0 to 5; nil for three of a pretrained backbone and all of a
    /// fresh one.
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

    /// The recipe with the parts that the weights decide about.
    ///
    /// - Parameter source: The detector whose weights are started from, if they are one's.
    public func following(_ source: DenseDetector.Configuration?) -> TrainingRecipe {
        guard followsWeights, let network = source?.network as? RetinaNet else { return self }
        var recipe = self
        for part in DetectorPart.allCases where !ownParts.contains(part) {
            switch part {
            case .version: recipe.version = network.version
            case .channels: recipe.channels = network.channels
            case .headDepth: recipe.headDepth = network.headDepth
            case .anchorSize: recipe.anchorSize = network.anchors.sizes.first?.first.map { Int($0) }
            case .aspectRatios: recipe.aspectRatios = network.anchors.aspectRatios
            }
        }
        return recipe
    }
}
