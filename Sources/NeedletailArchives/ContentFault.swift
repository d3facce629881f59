/// What is wrong with bytes of which the file is known elsewhere.
package enum ContentFault: Error, Equatable {
    /// They end before something that they announce.
    case truncated(detail: String)
    /// They contradict themselves or their format.
    case malformed(detail: String)
    /// They are right, and use something that nobody here reads.
    case unsupported(detail: String)

    package var detail: String {
        switch self {
        case .truncated(let detail), .malformed(let detail), .unsupported(let detail): detail
        }
    }
}
