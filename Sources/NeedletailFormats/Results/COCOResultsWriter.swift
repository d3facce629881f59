import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem

/// Writes a COCO results file as the detections come, without holding them.
///
/// The file appears once ``finish()`` is called; without it nothing is left behind.
public struct COCOResultsWriter: ~Copyable {
    private var file: AtomicFile
    private var isFirst = true
    private let categoryIDs: [Int: RecordID]

    /// - Parameter categories: The dataset's categories; needed where their identifiers are not whole numbers.
    /// - Throws: ``FileError`` when the folder does not exist or is not writable.
    public init(path: String, categories: [Category] = []) throws {
        file = try AtomicFile(path: path)
        categoryIDs = Dictionary(
            categories.filter { $0.id.integer == nil }.map { ($0.number, $0.id) }
        ) { first, _ in first }
        file.write { (buffer: inout ByteBuffer) in buffer.append("[") }
    }

    /// - Throws: ``FileError`` when what was written so far did not reach the disk.
    public mutating func append(_ entry: COCOResults.Entry) throws {
        let categoryID = categoryIDs[entry.detection.categoryID] ?? .integer(entry.detection.categoryID)
        let separator: StaticString = isFirst ? "\n" : ",\n"
        isFirst = false
        file.write { (buffer: inout ByteBuffer) in
            buffer.append(separator)
            buffer.append("{\"image_id\":")
            buffer.appendID(entry.imageID)
            buffer.append(",\"category_id\":")
            buffer.appendID(categoryID)
            buffer.append(",\"bbox\":")
            buffer.appendBox(entry.detection.box)
            buffer.append(",\"score\":")
            buffer.appendDouble(entry.detection.score)
            buffer.append("}")
        }
        try file.check()
    }

    /// Puts the complete file under its name.
    public mutating func finish() throws {
        file.write { (buffer: inout ByteBuffer) in buffer.append("\n]\n") }
        try file.commit()
    }
}
