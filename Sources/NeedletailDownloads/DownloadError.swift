import NeedletailSystem

/// A transfer that did not end with the right file in its place. Nothing stands under the final name then that was
/// not there before.
public struct DownloadError: ActionableError, Equatable {
    public enum Reason: Error, Equatable, Sendable {
        /// The server answered with a status other than success.
        case status(Int)
        /// No answer, or none that came to an end, after every attempt.
        case unreachable(detail: String, attempts: Int)
        /// The address cannot be fetched.
        case invalidURL(detail: String)
        /// libcurl is not installed.
        case unavailable
        /// The content is not what was published. It was thrown away.
        case checksumMismatch(expected: Checksum, actual: String)
        case unexpectedSize(byteCount: Int, expected: ClosedRange<Int>)
        /// A file of that name is there and was left alone.
        case destinationExists
        /// A file of that name is there, with another checksum, and was left alone.
        case destinationDiffers(expected: Checksum, actual: String)
        /// Another program is fetching the same file.
        case busy
        /// The progress callback asked to stop. What has arrived is kept for the next time.
        case cancelled
        /// A file could not be written.
        case file(detail: String)
    }

    public let url: String
    public let destination: String
    public let reason: Reason

    public var kind: Reason { reason }

    public var subject: String {
        switch reason {
        case .destinationExists, .destinationDiffers, .busy: destination
        case .file: ""
        default: url
        }
    }

    public var problem: String {
        switch reason {
        case .status(let status):
            "the server answered \(status)\(Self.meaning(of: status))"
        case .unreachable(let detail, let attempts):
            "\(detail) (\(attempts) attempt\(attempts == 1 ? "" : "s"))"
        case .invalidURL(let detail), .file(let detail):
            detail
        case .unavailable:
            "libcurl, which fetches files, is not installed (Debian: libcurl4)"
        case .checksumMismatch(let expected, let actual):
            "the file has SHA-256 \(actual) where \(expected) is due; it was thrown away"
        case .unexpectedSize(let byteCount, let expected):
            "the file has \(byteCount) bytes where \(expected.lowerBound) to \(expected.upperBound) are due"
        case .destinationExists:
            "is there already, and there is no checksum to tell whether it is the right file"
        case .destinationDiffers(let expected, let actual):
            "is there already, with SHA-256 \(actual) where \(expected) is due"
        case .busy:
            "another program is fetching it"
        case .cancelled:
            "stopped; what has arrived is kept"
        }
    }

    public var remedy: Remedy? {
        switch reason {
        case .unreachable:
            """
            Is there a network? Try again: what has arrived is kept; \(setting: .reachTimeout) gives a slow one more time. \
            Or put the file at \(destination) yourself
            """
        case .unavailable: "Install it, or put the file at \(destination) yourself"
        case .destinationDiffers: "Remove it to fetch it again"
        default: nil
        }
    }

    private static func meaning(of status: Int) -> String {
        switch status {
        case 401, 403: " (access is refused)"
        case 404: " (no such file)"
        case 410: " (the file is gone)"
        case 429: " (too many requests)"
        case 500...: " (the server fails)"
        default: ""
        }
    }
}

extension Setting {
    /// How long a server may take to be reached.
    public static let reachTimeout = Setting(rawValue: "Download.Policy.reachTimeoutSeconds")
}
