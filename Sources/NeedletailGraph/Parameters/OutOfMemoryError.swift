import NeedletailErrors

/// Memory that the system did not give.
public struct OutOfMemoryError: ActionableError, Hashable {
    public enum Kind: Hashable, Sendable {
        case outOfMemory
    }

    /// What was asked for.
    public let byteCount: Int

    init(byteCount: Int) {
        self.byteCount = byteCount
    }

    public var kind: Kind { .outOfMemory }
    public var subject: String { "" }
    public var problem: String { "out of memory: \(byteCount) bytes were refused" }
    public var remedy: Remedy? { "Use a smaller batch or smaller images, or end other programs." }
}
