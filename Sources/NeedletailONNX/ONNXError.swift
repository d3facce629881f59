import NeedletailErrors

/// A network that cannot be taken from an ONNX file or written into one: which node, and why.
public struct ONNXError: ActionableError, Hashable {
    public enum Kind: Hashable, Sendable {
        /// Operators that are not computed.
        case unsupported
        /// A model that contradicts itself or its format.
        case malformed
        /// Something that has to be said, since the file does not say it.
        case unknown
    }

    public var kind: Kind
    /// The file, and the node in it: `model.onnx: node 'head.conv' (Conv)`.
    public var subject: String
    public var problem: String
    public var remedy: Remedy?

    public init(_ kind: Kind, subject: String, problem: String, remedy: Remedy? = nil) {
        self.kind = kind
        self.subject = subject
        self.problem = problem
        self.remedy = remedy
    }
}
