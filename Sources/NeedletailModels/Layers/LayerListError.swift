import NeedletailErrors
import NeedletailSystem

/// A layer in words that cannot be understood, or that does not fit what reaches it.
public struct LayerListError: ActionableError {
    public enum Kind: Hashable, Sendable {
        /// Words.
        case syntax
        /// What the layer reads.
        case shape
    }

    public let kind: Kind
    let position: LayerWords.Position
    /// As it was written.
    public let layer: String
    public let problem: String
    public let remedy: Remedy?

    /// From 1.
    public var line: Int { position.line }
    /// In characters, from 1.
    public var column: Int { position.column }

    public var subject: String {
        let place = (position.file.map { "\($0): " } ?? "") + "line \(line), column \(column)"
        return layer.isEmpty ? place : "\(place): '\(layer)'"
    }

    init(kind: Kind = .syntax, position: LayerWords.Position, layer: String, problem: String, remedy: Remedy?) {
        self.kind = kind
        self.position = position
        self.layer = layer
        self.problem = problem
        self.remedy = remedy
    }
}
