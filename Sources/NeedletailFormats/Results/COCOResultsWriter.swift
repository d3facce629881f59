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

    /// - Parameters:
    ///   - categories: The dataset's categories; needed where their identifiers are not whole numbers.
    ///   - reservedBytes: Room on the disk to take at once, before other files do.
    /// - Throws: ``FileError`` when the folder does not exist or is not writable.
    public init(path: String, categories: [Category] = [], reservedBytes: Int = 0) throws {
        file = try AtomicFile(path: path, reservedBytes: reservedBytes)
        categoryIDs = Dictionary(
            categories.filter { $0.id.integer == nil }.map { ($0.number, $0.id) }
        ) { first, _ in first }
        file.write { (buffer: inout ByteBuffer) in buffer.append("[") }
    }

    /// Writes an entry, with the name of its category if the detection has one.
    ///
    /// - Parameter fileName: The image's, where readers are to find it by that in datasets that number it otherwise.
    /// - Throws: ``FileError`` when what was written so far did not reach the disk.
    public mutating func append(_ entry: COCOResults.Entry, fileName: String? = nil) throws {
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
            if let name = entry.detection.categoryName {
                buffer.append(",\"category_name\":")
                buffer.appendString(name)
            }
            if let fileName {
                buffer.append(",\"file_name\":")
                buffer.appendString(fileName)
            }
            buffer.append("}")
        }
        try file.check()
    }

    /// Puts the complete file under its name.
    ///
    /// - Parameter name: Another name in the same folder, where the detections are not all that were to be made.
    public mutating func finish(as name: String? = nil) throws {
        file.write { (buffer: inout ByteBuffer) in buffer.append("\n]\n") }
        try file.commit(as: name)
    }
}
