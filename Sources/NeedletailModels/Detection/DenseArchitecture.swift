import NeedletailCheckpoints
import NeedletailGraph

/// How a dense detector is put together, without weights: what its file states.
public protocol DenseArchitecture: Codable, Hashable, Sendable {
    /// What files call it, such as `retinanet`.
    static var architectureName: String { get }

    /// With the backbone and what else tells it from others of its kind: `retinanet-v2-resnet18`.
    var name: String { get }
    /// What else a person wants to know of it: `head 128 wide, 2 deep, anchors from 32 pixels`.
    var details: String { get }
    var backbone: AnyBackboneArchitecture { get }
    /// Classification outputs for each anchor.
    var classCount: Int { get }
    var anchors: AnchorGenerator { get }
    var coder: BoxCoder { get }
    /// How far boxes are from their objects, in training.
    var boxLoss: BoxLoss { get }
    var normalization: BatchNormalization.Kind { get }
    /// The layers with a row for each anchor and class, by the names of their parameters without the last part.
    var classPredictors: [String] { get }

    /// Makes the network with fresh weights.
    ///
    /// - Parameter seed: The weights depend on it alone.
    func makeNetwork(seed: UInt64) -> DenseNetwork

    /// What weights are that say nothing of themselves; nil for those of another kind.
    static func configuration(recognizing checkpoint: Checkpoint) throws -> DenseDetector.Configuration?
}

/// The kinds of dense detectors that there are.
enum DenseArchitectures {
    /// A new one is listed here.
    static let known: [any DenseArchitecture.Type] = [RetinaNet.self]

    static func named(_ name: String) -> (any DenseArchitecture.Type)? {
        known.first { $0.architectureName == name }
    }

    static var names: String { known.map { $0.architectureName }.joined(separator: ", ") }
}
