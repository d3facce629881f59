import NeedletailErrors

/// An archive that cannot be unpacked, or must not be.
public struct ArchiveError: ActionableError, Hashable {
    public enum Kind: Hashable, Sendable {
        /// It is neither a zip nor a tar archive.
        case unrecognized
        /// It ends too early, contradicts itself, or its checksums are others.
        case damaged
        /// It is right, and uses something that is not known here.
        case unsupported
        /// An entry would be written outside the folder.
        case leavesFolder
        /// It would take more room than any dataset does for its size, or than there is.
        case tooLarge
        /// The progress callback asked to stop.
        case cancelled
        /// A file cannot be read or written.
        case file
    }

    public var kind: Kind
    /// The archive.
    public var path: String
    public var problem: String

    public var subject: String { path }

    public var remedy: Remedy? {
        switch kind {
        case .damaged: "Remove it, and fetch it again."
        case .unrecognized, .unsupported, .leavesFolder:
            "Unpack it with another program, if you trust where it comes from."
        case .tooLarge, .cancelled, .file: nil
        }
    }
}
