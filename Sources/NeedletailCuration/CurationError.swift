import NeedletailSystem

/// What a person asked of a dataset cannot be done.
public struct CurationError: ActionableError, Hashable {
    public enum Kind: Hashable, Sendable {
        /// A pattern that is no regular expression, or fits nothing.
        case unsuitablePattern
        /// A field or category that the dataset does not have.
        case unknownName
        /// A file of names that cannot be understood.
        case invalidMapping
        /// Something that cannot be written, or would replace something else.
        case unwritable
    }

    public var kind: Kind
    public var subject: String
    public var problem: String
    public var remedy: Remedy?

    public init(_ kind: Kind, subject: String = "", problem: String, remedy: Remedy? = nil) {
        self.kind = kind
        self.subject = subject
        self.problem = problem
        self.remedy = remedy
    }
}
