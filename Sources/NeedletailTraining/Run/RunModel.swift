import NeedletailDatasets
import NeedletailModels
import NeedletailSystem

/// A model that a run can be made of: it states what it is, and is written as a file.
public protocol RunModel: Model {
    /// All that decides what the model is but its weights.
    associatedtype Configuration: Codable & Hashable & Sendable

    /// What files and words of a run call it, such as `detector`.
    static var kindName: String { get }

    /// How a person looks at images that it cannot learn from, as the beginning of a sentence.
    static var inspection: Remedy { get }

    var configuration: Configuration { get }

    /// Writes the model, whole or not at all.
    ///
    /// - Throws: `CheckpointError`
    func write(to path: String, metadata: [String: String]) throws
}

extension DenseDetector: RunModel {
    public static var kindName: String { "detector" }
    public static var inspection: Remedy { "Look at these images with \(verb: .check) and \(verb: .draw)" }
}

extension Classifier: RunModel {
    public static var kindName: String { "classifier" }
    public static var inspection: Remedy { "Look at these pictures" }
}
