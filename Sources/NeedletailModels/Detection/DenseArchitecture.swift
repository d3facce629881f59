import NeedletailCheckpoints
import NeedletailGeometry
import NeedletailGraph
import NeedletailImages

/// How a dense detector is put together, without weights: what its file states, and what its outputs mean.
public protocol DenseArchitecture: Codable, Hashable, Sendable {
    /// What files call it, such as `retinanet`.
    static var architectureName: String { get }

    /// With the backbone and what else tells it from others of its kind: `retinanet-v2-resnet18`.
    var name: String { get }
    /// What else a person wants to know of it: `head 128 wide, 2 deep, anchors from 32 pixels`.
    var details: String { get }
    /// Classification outputs for each place that is predicted on, and the greatest class index but for
    /// ``hasBackgroundOutput``.
    var classCount: Int { get }
    /// Whether the first classification output stands for the background. Class indices count from 1 in any case.
    var hasBackgroundOutput: Bool { get }
    /// The side of the input, in pixels, where it can be no other.
    var inputSize: Int? { get }
    var normalization: BatchNormalization.Kind { get }
    /// The layers with a row for each anchor and class.
    var classPredictors: [ClassPredictor] { get }
    /// What parameters are called where a classifier's file calls them otherwise: beginnings of names.
    var classifierNames: [(own: String, classifier: String)] { get }

    /// Makes the network with fresh weights.
    ///
    /// - Parameter seed: The weights depend on it alone.
    func makeNetwork(seed: UInt64) -> DenseNetwork

    /// What training makes smaller.
    func makeLoss(_ options: DenseLossOptions) -> any DenseLoss

    /// The boxes that outputs tell of, with their scores, before those that overlap are suppressed.
    ///
    /// - Parameters:
    ///   - sizes: Of each image of the batch inside the padded input.
    ///   - limits: Which candidates are worth while.
    /// - Returns: For each image, in pixels of the network's input.
    func candidates(in outputs: DenseOutputs, sizes: [Image.Size], limits: PostProcessing) -> [[DetectionCandidate]]

    /// What weights are that say nothing of themselves; nil for those of another kind.
    static func configuration(recognizing checkpoint: Checkpoint) throws -> DenseDetector.Configuration?
}

extension DenseArchitecture {
    public var inputSize: Int? { nil }
    public var classifierNames: [(own: String, classifier: String)] { [] }

    /// The classification output of a class index.
    package func output(ofClass index: Int) -> Int { hasBackgroundOutput ? index : index - 1 }

    /// The class index of a classification output.
    func classIndex(ofOutput output: Int) -> Int { hasBackgroundOutput ? output : output + 1 }
}

/// A layer that scores classes: a row for each anchor of a cell and each class, class by class.
public struct ClassPredictor: Sendable {
    /// Of its parameters, without the last part.
    public var name: String
    /// Anchors at each cell of its maps; 1 where cells themselves are predicted on.
    public var predictionsPerCell: Int

    public init(name: String, predictionsPerCell: Int) {
        self.name = name
        self.predictionsPerCell = predictionsPerCell
    }
}

/// A box with a score, in pixels of the network's input.
public struct DetectionCandidate: Sendable {
    public var box: Corners
    public var score: Float
    public var classIndex: Int

    public init(box: Corners, score: Float, classIndex: Int) {
        self.box = box
        self.score = score
        self.classIndex = classIndex
    }
}

/// The kinds of dense detectors that there are.
enum DenseArchitectures {
    /// A new one is listed here.
    static let known: [any DenseArchitecture.Type] = [RetinaNet.self, YOLOX.self, SSD.self, FCOS.self]

    static func named(_ name: String) -> (any DenseArchitecture.Type)? {
        known.first { $0.architectureName == name }
    }

    static var names: String { known.map { $0.architectureName }.joined(separator: ", ") }
}
