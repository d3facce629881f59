import NeedletailSystem

/// A dataset or results file that cannot be used as it is: what is wrong, where, and what to do about it.
public struct AnnotationError: ActionableError, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// The file is not what its format's syntax allows: broken JSON or XML.
        case syntax
        /// The file is valid JSON or XML, but not of the format, or a field has the wrong type.
        case schema
        /// A record refers to an image or category that the dataset does not have.
        case unknownReference
        /// The format could not be recognised, or the split does not exist.
        case notFound
    }

    public var kind: Kind
    public var file: String
    /// The record, as `annotations[17] (id 40)`; nil when the whole file is concerned.
    public var record: String?
    /// The line, from 1.
    public var line: Int?
    /// Bytes from the start of the file.
    public var byteOffset: Int?
    public var problem: String
    public var remedy: Remedy?

    public init(
        _ kind: Kind, file: String, record: String? = nil, line: Int? = nil, byteOffset: Int? = nil,
        problem: String, remedy: Remedy
    ) {
        self.kind = kind
        self.file = file
        self.record = record
        self.line = line
        self.byteOffset = byteOffset
        self.problem = problem
        self.remedy = remedy
    }

    /// File, line, byte and record, as far as they are known.
    public var subject: String {
        var text = file
        if let line { text += ":\(line)" }
        if let byteOffset { text += " (byte \(byteOffset))" }
        if let record { text += ": \(record)" }
        return text
    }
}
