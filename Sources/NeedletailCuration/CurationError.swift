/// What a person asked of a dataset cannot be done; the description says why and what to do.
public struct CurationError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
