import NeedletailGeometry
import NeedletailImages
import NeedletailKernels

/// The objects of one training image, in pixels of the network's input.
public struct DetectionTarget: Sendable {
    public var boxes: [Corners]
    /// The class index of each box.
    public var classIndices: [Int]

    /// - Precondition: As many class indices as boxes.
    public init(boxes: [Corners], classIndices: [Int]) {
        precondition(boxes.count == classIndices.count, "\(boxes.count) boxes with \(classIndices.count) classes")
        self.boxes = boxes
        self.classIndices = classIndices
    }
}

/// What the training of a dense detector makes smaller.
public protocol DenseLoss: Sendable {
    /// Names of its terms, in their order, such as `classification` and `box`.
    var terms: [String] { get }

    /// Returns the terms for a plan's outputs and writes their gradients where the plan has room for them.
    ///
    /// - Parameters:
    ///   - targets: One an image of the batch, in pixels of the input; class indices count from 1.
    ///   - input: The size of the padded input.
    func evaluate(
        _ outputs: DenseOutputs, targets: [DetectionTarget], input: Image.Size, pool: ThreadPool
    ) -> LossValues

    /// What each place that is predicted on is to say of each image, in the order of the levels; nil where a loss does not
    /// tell.
    func labels(
        _ outputs: DenseOutputs, targets: [DetectionTarget], input: Image.Size, pool: ThreadPool
    ) -> [[LabeledPlace]]?
}

extension DenseLoss {
    public func labels(
        _ outputs: DenseOutputs, targets: [DetectionTarget], input: Image.Size, pool: ThreadPool
    ) -> [[LabeledPlace]]? { nil }
}

/// A place that a dense detector predicts on, an anchor or a cell, with what it is to say.
public struct LabeledPlace: Hashable, Sendable {
    public enum Label: Hashable, Sendable {
        /// An object of the image, by its place among the targets.
        case object(Int)
        /// Neither: it takes no part in the loss of the classes.
        case ignored
        case background
    }

    /// The anchor, or the cell where there are none, in pixels of the input.
    public var box: Corners
    /// The place of its level among the detector's.
    public var level: Int
    public var label: Label

    public init(box: Corners, level: Int, label: Label) {
        self.box = box
        self.level = level
        self.label = label
    }
}

extension LabeledPlace {
    /// The places of an image with what a matcher says of them.
    ///
    /// - Parameters:
    ///   - matches: Of each place an object, ``AnchorMatcher/background`` or ``AnchorMatcher/ignored``, over all levels.
    ///   - anchors: Of each level.
    static func places(_ anchors: [[Corners]], matches: [Int32]) -> [LabeledPlace] {
        let levels = anchors.enumerated().flatMap { level, boxes in boxes.map { (level, $0) } }
        return zip(levels, matches).map { place, match in
            let label: Label =
                match == AnchorMatcher.ignored ? .ignored : match >= 0 ? .object(Int(match)) : .background
            return LabeledPlace(box: place.1, level: place.0, label: label)
        }
    }
}

/// What a run decides about the loss of a dense detector.
public struct DenseLossOptions: Sendable {
    /// How anchors are given objects, where a detector has anchors.
    public var assignment: AnchorAssignment
    /// What the loss of boxes is multiplied by, besides what the detector itself does.
    public var boxWeight: Float
    /// How much the objects of each class count, by class index from 0, the background; nil for all alike.
    public var classWeights: [Float]?
    /// The loss of boxes, one that suits the detector; nil for its own.
    public var boxLoss: BoxLoss?
    /// The loss of classes, one that suits the detector; nil for its own.
    public var classificationLoss: ClassificationLoss?
    /// Whether the absolute distance of boxes is added, where the detector can: see ``YOLOXLoss/includesL1``.
    public var addsL1: Bool

    public init(
        assignment: AnchorAssignment = .overlap(AnchorMatcher()), boxWeight: Float = 1, classWeights: [Float]? = nil,
        boxLoss: BoxLoss? = nil, classificationLoss: ClassificationLoss? = nil, addsL1: Bool = false
    ) {
        self.assignment = assignment
        self.boxWeight = boxWeight
        self.classWeights = classWeights
        self.boxLoss = boxLoss
        self.classificationLoss = classificationLoss
        self.addsL1 = addsL1
    }
}
