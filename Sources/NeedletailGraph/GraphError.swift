import NeedletailSystem

/// A graph that does not fit together, or not to what it is given.
public struct GraphError: ActionableError, Hashable {
    public enum Kind: Hashable, Sendable {
        /// Shapes or element types that an operator cannot take.
        case shape
        /// A map of which a window leaves nothing.
        case tooSmall
        /// Two things of one name, or a name that nothing has.
        case name
        /// A value that depends on itself.
        case cycle
        /// An operator that cannot be computed.
        case unsupported
    }

    public var kind: Kind
    /// The name of the node, input or output.
    public var node: String
    public var problem: String

    public init(_ kind: Kind, node: String, problem: String) {
        self.kind = kind
        self.node = node
        self.problem = problem
    }

    public var subject: String { node }
    public var remedy: Remedy? { nil }
}
