import NeedletailAugmentation
import NeedletailModels

/// How a detector is made and trained, before a dataset is known: what a preset stands for, each part of it to be changed.
public struct TrainingRecipe: Hashable, Sendable {
    /// How the learning rate runs, in terms that suit any number of epochs.
    public enum Schedule: String, CaseIterable, Sendable {
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

    /// Which of torchvision's two networks the detector is built like.
    public var version: RetinaNet.Version
    /// Width of pyramid and head.
    public var channels: Int
    /// Convolutions of each branch of the head before the one that predicts.
    public var headDepth: Int
    /// The shorter side of the network's input, in pixels.
    public var inputSize: Int
    /// The longest side that the input may have.
    public var maximumSize: Int
    /// The side of the smallest anchors, in pixels of the input; nil for one that fits the dataset.
    public var anchorSize: Int?
    /// Height divided by width of the anchors.
    public var aspectRatios: [Float] = [0.5, 1, 2]
    public var assignment: AnchorAssignment
    /// What the loss of boxes is multiplied by.
    public var boxLossWeight: Float

    /// Passes over the dataset; more of them where these look at fewer images than ``leastViews``.
    public var epochs: Int
    /// Images that training looks at, counted every time: a few dozen have to be seen more often than thousands until
    /// a detector has learnt. Zero where ``epochs`` are to be as they are.
    public var leastViews: Int
    public var batchSize: Int
    public var optimizer: OptimizerConfiguration
    /// Per image of a batch.
    public var learningRatePerImage: Float
    /// The backbone's share of the learning rate.
    public var backboneRateFactor: Float
    public var schedule: Schedule
    public var warmUpSteps: Int
    public var weightAverageDecay: Double?
    public var augmentation: AugmentationPolicy.Preset
    /// The topmost layers of a pretrained backbone that are trained, 0 to 5.
    public var trainableLayers: Int
}

extension TrainingRecipe {
    /// A recipe by what a person wants of it.
    public enum Preset: String, CaseIterable, Sendable {
        /// A first detector within minutes: smaller images, fewer epochs.
        case fast
        /// The default.
        case balanced
        /// Larger images, a deeper head, stronger augmentation and more epochs.
        case accurate
        /// torchvision's network and recipe, to compare with.
        case reference
    }

    public init(_ preset: Preset) {
        self = .balanced
        switch preset {
        case .balanced:
            break
        case .fast:
            inputSize = 320
            (epochs, leastViews) = (10, 2000)
        case .accurate:
            inputSize = 512
            headDepth = 4
            (epochs, leastViews) = (20, 4000)
            augmentation = .standard
        case .reference:
            self = .reference
        }
    }

    /// Group normalisation lets a head learn from small batches, and IoU as the loss of boxes suits their measure. A head
    /// of half the width and depth takes an eighth of the time and loses little where classes are few. Adam's steps suit
    /// the rare classes, whose gradients are small; the average of the weights is good before the rate has fallen.
    private static let balanced = TrainingRecipe(
        version: .v2, channels: 128, headDepth: 2, inputSize: 416, maximumSize: 1333, anchorSize: nil,
        assignment: .adaptive(AdaptiveAnchorSelection()), boxLossWeight: 1, epochs: 16, leastViews: 3200,
        batchSize: 4,
        optimizer: OptimizerConfiguration(method: .adamW(), weightDecay: 0.01),
        learningRatePerImage: 5e-5, backboneRateFactor: 1, schedule: .cosine, warmUpSteps: 100,
        weightAverageDecay: 0.998, augmentation: .light, trainableLayers: 3)

    private static let reference = TrainingRecipe(
        version: .v1, channels: 256, headDepth: 4, inputSize: 320, maximumSize: 1333, anchorSize: 32,
        assignment: .overlap(AnchorMatcher()), boxLossWeight: 1, epochs: 12, leastViews: 0, batchSize: 4,
        optimizer: OptimizerConfiguration(method: .gradientDescent(momentum: 0.9), weightDecay: 1e-4),
        learningRatePerImage: 0.00125, backboneRateFactor: 1, schedule: .steps, warmUpSteps: 200,
        weightAverageDecay: nil, augmentation: .flip, trainableLayers: 3)
}

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
            backbone: backbone, version: version,
            channels: min(channels, backbone.architecture.mostHeadChannels),
            headDepth: headDepth, classCount: classCount + 1,
            anchors: .retinaNet(
                smallestSize: anchorSize ?? boxes.smallestSize(aspectRatios: aspectRatios), aspectRatios: aspectRatios),
            // The statistics of batches as small as detection's mislead; pretrained ones are kept.
            normalization: .frozen)
    }

    /// Passes over a dataset of so many images, not more than a hundred for ``leastViews``.
    public func epochs(imageCount: Int) -> Int {
        max(epochs, min(100, (leastViews + imageCount - 1) / max(imageCount, 1)))
    }

    /// The run on a number of images.
    public func configuration(imageCount: Int, seed: UInt64) -> TrainingConfiguration {
        let epochs = epochs(imageCount: imageCount)
        return TrainingConfiguration(
            epochs: epochs, batchSize: batchSize, optimizer: optimizer, backboneRateFactor: backboneRateFactor,
            schedule: schedule(steps: (imageCount + batchSize - 1) / batchSize * epochs, epochs: epochs),
            assignment: assignment,
            boxLossWeight: boxLossWeight, weightAverageDecay: weightAverageDecay,
            // Where the image is only mirrored, that happens while it is resized.
            flipProbability: augmentation == .none ? 0 : 0.5,
            augmentation: augmentation == .none || augmentation == .flip ? nil : AugmentationPolicy(augmentation),
            trainableLayers: trainableLayers, seed: seed)
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
            baseRate: learningRatePerImage * Float(batchSize), decay: decay,
            warmUpSteps: schedule == .oneCycle ? 0 : min(warmUpSteps, steps / 3))
    }
}
