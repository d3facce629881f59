import NeedletailModels

/// A model that a run can be made of: it states what it is, and is written as a file.
public protocol RunModel: Model {
    /// All that decides what the model is but its weights.
    associatedtype Configuration: Codable & Hashable & Sendable

    /// What files and words of a run call it, such as `detector`.
    static var kindName: String { get }

    var configuration: Configuration { get }

    /// Writes the model, whole or not at all.
    ///
    /// - Throws: `CheckpointError`
    func write(to path: String, metadata: [String: String]) throws
}

extension DenseDetector: RunModel {
    public static var kindName: String { "detector" }
}

extension Classifier: RunModel {
    public static var kindName: String { "classifier" }
}
