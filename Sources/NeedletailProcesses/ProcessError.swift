import NeedletailErrors

/// A reason for which several processes cannot work together, or not go on.
public struct ProcessError: ActionableError {
    public enum Kind: Sendable {
        /// Processes that should be alike are not; all of them know it.
        case differences
        /// The work cannot be shared out among so many; all of them know it.
        case division
        /// The library that processes talk through is missing, or does not do what it should.
        case library
        /// Another process has ended, or cannot be reached any more.
        case lost
    }

    public let kind: Kind
    public let problem: String
    public let remedy: Remedy?

    public init(_ kind: Kind, problem: String, remedy: Remedy? = nil) {
        self.kind = kind
        self.problem = problem
        self.remedy = remedy
    }

    public var subject: String { "" }

    /// Whether every process of the group throws it at the same place, so that one may speak for all.
    public var isShared: Bool { kind == .differences || kind == .division }
}
