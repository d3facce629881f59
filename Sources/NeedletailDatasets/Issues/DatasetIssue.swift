import NeedletailGeometry
import NeedletailSystem

/// Something in a dataset that is kept as it is but worth knowing, and what will be done about it.
public struct DatasetIssue: Hashable, Sendable, CustomStringConvertible {
    public var kind: Kind
    /// The file that holds the record.
    public var file: String
    /// The record, as `annotations[17] (id 40)`.
    public var record: String
    /// The row of the image concerned.
    public var image: Int?
    /// The row of the annotation concerned.
    public var annotation: Int?
    /// The image's file name.
    public var imageFileName: String?
    public var box: Box?
    /// What was found, where the kind does not say all: sizes, the other record of two, the reader's message.
    public var detail: String?
    /// What helps, where the reader that met it says so.
    public var remedy: Remedy?

    package init(
        kind: Kind, file: String, record: String, image: Int? = nil, annotation: Int? = nil,
        imageFileName: String? = nil, box: Box? = nil, detail: String? = nil, remedy: Remedy? = nil
    ) {
        self.kind = kind
        self.file = file
        self.record = record
        self.image = image
        self.annotation = annotation
        self.imageFileName = imageFileName
        self.box = box
        self.detail = detail
        self.remedy = remedy
    }

    public var description: String { text(Wording.neutral.callAsFunction) }

    /// The issue with a program's words for the settings that it speaks of.
    public func text(_ word: (Remedy.Piece) -> String) -> String {
        var text = "\(file): \(record)"
        if let imageFileName, annotation != nil { text += " of \(imageFileName)" }
        text += ": \(kind.problem)"
        if let detail { text += ": \(detail)" }
        if let box, kind != .missingBox { text += ", box (\(box.x), \(box.y), \(box.width), \(box.height))" }
        return "\(text); \(kind.resolution.text(word))"
    }
}

/// An issue as the dataset stores it.
package struct IssueNote: Hashable, Sendable {
    package var kind: DatasetIssue.Kind
    /// The row in the table that the kind is about.
    package var row: Int32
}
