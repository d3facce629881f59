import NeedletailSystem

/// Why an image could not be read or written.
public struct ImageError: ActionableError, Hashable, Codable {
    public enum Reason: Hashable, Sendable, Codable {
        case missing
        /// A folder, pipe or device where a file is expected.
        case notAFile
        /// The system's message on opening, reading or mapping.
        case unreadable(String)
        case empty
        /// No picture that can be read by its first bytes; what it looks like instead, where that is known.
        case unrecognized(String?)
        /// A picture of a kind that the codecs do not decode.
        case unsupported(String)
        /// The library that decodes such files is not installed; its name.
        case unavailable(String)
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

extension ImageError {
    public var kind: Reason { reason }
    public var subject: String { path ?? "image in memory" }

    public func text(_ word: (Remedy.Piece) -> String) -> String {
        let subject = subject.showingControls()
        return remedy.map { "\(subject): \(problem); \($0.text(word))" } ?? "\(subject): \(problem)"
    }

    /// What is the matter and what to do, without the file.
    package var explanation: String { remedy.map { "\(problem); \($0)" } ?? problem }

    /// Whether an error is no matter of what a file holds: it could not be read.
    package static func isSystemFailure(_ error: any Error) -> Bool {
        if case .unreadable = (error as? ImageError)?.reason { true } else { false }
    }

    /// What is loaded, or nil where a file is no picture that can be used.
    ///
    /// - Throws: Where it could not be read, though it may be one.
    package static func picture<Picture>(_ load: () throws -> Picture) throws -> Picture? {
        do {
            return try load()
        } catch {
            if isSystemFailure(error) { throw error }
            return nil
        }
    }

    public var problem: String {
        switch reason {
        case .missing: "no such file"
        case .notAFile: "not a regular file"
        case .unreadable(let message): "cannot be read: \(message)"
        case .empty: "the file is empty"
        case .unrecognized(let kind?): "not a picture that can be read but \(kind)"
        case .unrecognized(nil): "not a picture by its first bytes"
        case .unsupported(let detail): "a kind of file that is not supported (\(detail))"
        case .unavailable(let library): "\(library), which reads such pictures, is not installed"
        case .truncated(let rows, let height):
            height > 0
                ? "truncated: the file ends after \(rows) of \(height) rows"
                : "truncated: the file ends inside its header"
        case .corrupt(let detail): "damaged (\(detail))"
        case .tooLarge(let width, let height, let limit):
            "\(width)x\(height) pixels are more than the limit of \(limit)"
        case .outOfMemory: "not enough memory to decode it"
        case .unwritable(let message): "cannot be written: \(message)"
        }
    }

    /// Without a capital: it follows the problem in one sentence.
    public var remedy: Remedy? {
        switch reason {
        case .missing: "check the path and the image folder it is looked up in"
        case .notAFile: "give the path of a picture"
        case .empty, .truncated, .corrupt: "copy or download it again"
        case .unrecognized(nil): "convert it, or take it out of the dataset"
        case .unsupported: "save it as an ordinary JPEG or PNG"
        case .unavailable(let library): Self.installation(of: library)
        case .tooLarge: "make it smaller or raise the limit"
        case .outOfMemory: "decode fewer images at a time or make it smaller"
        case .unreadable, .unrecognized, .unwritable: nil
        }
    }

    /// How the library is called where people install it.
    private static func installation(of library: String) -> Remedy {
        let package = ["libwebp": "libwebp7", "libtiff": "libtiff6"][library] ?? library
        return
            "install it, on Debian and Ubuntu with `apt-get install \(package)`, or convert the picture to JPEG or PNG"
    }
}
