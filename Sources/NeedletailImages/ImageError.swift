import NeedletailSystem

/// Why an image could not be read or written.
public struct ImageError: Error, Hashable, Sendable {
    public enum Reason: Hashable, Sendable {
        case missing
        /// A folder, pipe or device where a file is expected.
        case notAFile
        /// The system's message on opening, reading or mapping.
        case unreadable(String)
        case empty
        /// Neither JPEG nor PNG by its first bytes; what it looks like instead, where that is known.
        case unrecognized(String?)
        /// A JPEG or PNG of a kind that the codecs do not decode.
        case unsupported(String)
        /// The file ends before the image does. `rows` of `height` could be decoded.
        case truncated(rows: Int, height: Int)
        case corrupt(String)
        /// More pixels than `Image.DecodingOptions.maximumPixels`.
        case tooLarge(width: Int, height: Int, limit: Int)
        case outOfMemory
        case unwritable(String)
    }

    public var reason: Reason
    /// The file, or nil for bytes in memory.
    public var path: String?

    public init(_ reason: Reason, path: String? = nil) {
        self.reason = reason
        self.path = path
    }

    /// A file that could not be written.
    init(_ error: FileError) {
        let message = if case .system(let code) = error.kind { systemMessage(code) } else { error.problem }
        self.init(.unwritable(message), path: error.path)
    }
}

extension ImageError: CustomStringConvertible {
    public var description: String { "\(path ?? "image in memory"): \(explanation)" }

    /// What is the matter and what to do, without the file.
    package var explanation: String {
        switch reason {
        case .missing:
            "no such file; check the path and the image folder it is looked up in"
        case .notAFile:
            "not a regular file; give the path of a JPEG or PNG file"
        case .unreadable(let message):
            "cannot be read: \(message)"
        case .empty:
            "the file is empty; copy or download it again"
        case .unrecognized(let kind?):
            "not a JPEG or PNG file but \(kind)"
        case .unrecognized(nil):
            "not a JPEG or PNG file by its first bytes; convert it, or take it out of the dataset"
        case .unsupported(let detail):
            "a kind of file that is not supported (\(detail)); save it as an ordinary JPEG or PNG"
        case .truncated(let rows, let height):
            height > 0
                ? "truncated: the file ends after \(rows) of \(height) rows; copy or download it again"
                : "truncated: the file ends inside its header; copy or download it again"
        case .corrupt(let detail):
            "damaged (\(detail)); copy or download it again"
        case .tooLarge(let width, let height, let limit):
            "\(width)x\(height) pixels are more than the limit of \(limit); make it smaller or raise the limit"
        case .outOfMemory:
            "not enough memory to decode it; decode fewer images at a time or make it smaller"
        case .unwritable(let message):
            "cannot be written: \(message)"
        }
    }
}
