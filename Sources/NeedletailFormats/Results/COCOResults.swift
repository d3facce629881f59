import NeedletailDatasets
import NeedletailGeometry

/// Detections of many images as COCO's results format has them: a list of
/// `{"image_id", "category_id", "bbox", "score"}`, here also with `category_name` and `file_name`, which other tools
/// pass over.
public struct COCOResults: RandomAccessCollection, Sendable {
    /// One detection with the image it belongs to.
    public struct Entry: Hashable, Sendable {
        /// The image's identifier in its dataset.
        public var imageID: RecordID
        public var detection: Detection

        public init(imageID: RecordID, detection: Detection) {
            self.imageID = imageID
            self.detection = detection
        }
    }

    private var imageIDs = IDColumn()
    private var detections: [Detection] = []
    /// Why entries of the file were left out, the first ten of them; empty unless it was read leniently.
    public private(set) var refusals: [AnnotationError] = []
    /// How many entries were left out for those reasons.
    public private(set) var refusalCount = 0
    /// The places in the file of all entries that were left out, ascending.
    public private(set) var omittedIndices: [Int] = []
    /// Categories that the dataset does not have, by name, with the number of their detections, which were left out.
    public private(set) var foreignCategories: [String: Int] = [:]

    public init() {}

    public init(_ entries: some Sequence<Entry>) {
        for entry in entries { append(entry) }
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { detections.count }

    public subscript(row: Int) -> Entry {
        Entry(imageID: imageIDs[row], detection: detections[row])
    }

    public mutating func append(_ entry: Entry) {
        imageIDs.append(entry.imageID)
        detections.append(entry.detection)
    }

    mutating func reserveCapacity(_ count: Int) {
        imageIDs.reserveCapacity(count)
        detections.reserveCapacity(count)
    }

    mutating func setAside(_ reason: AnnotationError, index: Int) {
        if refusals.count < 10 { refusals.append(reason) }
        refusalCount += 1
        omittedIndices.append(index)
    }

    mutating func leaveOut(foreign name: String, index: Int) {
        foreignCategories[name, default: 0] += 1
        omittedIndices.append(index)
    }

    /// The place in the file of the entry at a row, which differs from the row where entries were left out.
    public func fileIndex(ofRow row: Int) -> Int {
        var index = row
        for omitted in omittedIndices {
            if omitted > index { break }
            index += 1
        }
        return index
    }

    /// Reads a results file.
    ///
    /// - Parameters:
    ///   - categories: The dataset's categories; needed where their identifiers are texts, which become the
    ///     ``Category/number`` that detections carry.
    ///   - isLenient: Whether an entry that lacks a field or has one of the wrong type is left out and listed in
    ///     ``refusals`` instead of being an error, and `NaN` and `Infinity` are read as such.
    /// - Throws: ``FileError``; ``AnnotationError`` that names the entry when the file is not JSON, not a list of
    ///   results, or an entry lacks a field.
    public static func read(
        _ path: String, categories: [Category] = [], isLenient: Bool = false
    ) throws -> COCOResults {
        try COCOResultsReader.read(path, of: nil, categories: categories, isLenient: isLenient)
    }

    /// Writes a results file, whole or not at all.
    ///
    /// - Parameter categories: The dataset's categories; needed where their identifiers are not whole numbers.
    /// - Throws: ``FileError`` when the file cannot be written.
    public static func write(
        _ entries: some Sequence<Entry>, to path: String, categories: [Category] = []
    ) throws {
        var writer = try COCOResultsWriter(path: path, categories: categories)
        for entry in entries { try writer.append(entry) }
        try writer.finish()
    }
}
