import NeedletailDatasets

/// A file format: how datasets are read from it and written to it.
///
/// Readers change nothing that they can keep. Fields without a column become extras: JSON objects that a
/// `RecordOrigin` points to, under the names that COCO or the format itself gives them. Writers find them there.
/// A field that a file leaves out is left out of the extras too, so that writing adds nothing to what was read.
protocol DatasetCodec {
    static var capabilities: FormatCapabilities { get }

    /// Whether a dataset is a folder; otherwise it is one file.
    static var isFolder: Bool { get }

    /// - Parameter path: What `DatasetRecognition` found, or what a person gave with the format.
    /// - Throws: ``FileError``; ``AnnotationError`` with the file, the place in it and the remedy.
    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset

    /// Writes a dataset.
    ///
    /// - Parameter path: The file, or a folder that exists, is empty, and gets its name when all is written.
    /// - Throws: ``FileError``; ``AnnotationError`` when the dataset holds what the format cannot say at all.
    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws

    /// What a category is called in the format, where it cannot have its own name.
    static func writtenCategory(_ name: String) -> String

    /// The names that the images of a dataset are read back under, where the format cannot keep their own.
    static func writtenImages(_ dataset: Dataset) -> [String]?

    // What a dataset is recognised by. Formats without any of these are known to `FileContent` and `FolderLayout`.

    /// What tells a file from other JSON.
    static var marks: [JSONMark] { get }

    /// Whether a text that is no JSON begins as a file of the format does.
    static func begins(_ head: TextHead) -> Bool

    /// Whether a folder is laid out as a dataset of the format is.
    ///
    /// - Parameter names: Of what is in it.
    static func isLayout(_ folder: String, names: [String]) throws -> Bool
}

extension DatasetCodec {
    static func writtenCategory(_ name: String) -> String { name }
    static func writtenImages(_ dataset: Dataset) -> [String]? { nil }
    static var marks: [JSONMark] { [] }
    static func begins(_ head: TextHead) -> Bool { false }
    static func isLayout(_ folder: String, names: [String]) -> Bool { false }
}
