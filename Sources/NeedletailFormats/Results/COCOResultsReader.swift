import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// Reads a COCO results file.
struct COCOResultsReader {
    private var json: JSONReader
    private var results = COCOResults()
    private var references: ResultReferences
    private let isLenient: Bool
    private let keepsForeign: Bool
    private let source: ByteSource
    private var releasedUpTo = 0
    private var record: (list: String, index: Int, start: Int)?

    /// - Parameters:
    ///   - dataset: Whose images and categories are meant, if it is known.
    ///   - keepsForeign: Whether detections of named categories that the dataset does not have are kept, under their
    ///     names, instead of being counted and left out.
    static func read(
        _ path: String, of dataset: Dataset?, categories: [Category], isLenient: Bool, keepsForeign: Bool = false
    ) throws -> COCOResults {
        let source = try ByteSource.annotations(path, as: .json)
        var reader = COCOResultsReader(
            source: source, references: ResultReferences(dataset, categories: categories), isLenient: isLenient,
            keepsForeign: keepsForeign)
        do {
            try reader.read()
            return reader.results
        } catch {
            throw AnnotationError(error, in: source, record: reader.record)
        }
    }

    private init(source: ByteSource, references: ResultReferences, isLenient: Bool, keepsForeign: Bool) {
        self.source = source
        self.references = references
        self.isLenient = isLenient
        self.keepsForeign = keepsForeign
        json = JSONReader(source.bytes)
        json.acceptsNonFinite = isLenient
    }

    private mutating func read() throws {
        guard !source.bytes.isEmpty else {
            throw RecordProblem(offset: 0, problem: "the file is empty", remedy: "Detect again, or copy the file again")
        }
        guard try json.peek() == .array else {
            throw RecordProblem(
                offset: json.offset, problem: "COCO results are a list of image_id, category_id, bbox and score",
                remedy: "If this is a dataset, read it as a dataset")
        }
        try json.beginArray()
        var index = 0
        while try json.nextElement() {
            json.skipWhitespace()
            record = ("", index, json.offset)
            if isLenient {
                try readEntryIfPossible(index)
            } else {
                try readEntry(index)
            }
            index += 1
            // Entries are about equally long, so that the first ones tell how many there will be.
            if index == 1000 { results.reserveCapacity(source.bytes.count / (json.offset / 1000) * 21 / 20) }
            release(upTo: json.offset)
        }
        record = nil
        try json.finish()
    }

    private mutating func release(upTo offset: Int) {
        guard offset - releasedUpTo >= 8 << 20 else { return }
        source.release(releasedUpTo..<offset)
        releasedUpTo = offset
    }

    /// Reads an entry, or passes over it when it is valid JSON but no result.
    private mutating func readEntryIfPossible(_ index: Int) throws {
        let start = json
        do {
            try readEntry(index)
        } catch {
            json = start
            try json.skipValue()
            results.setAside(AnnotationError(error, in: source, record: record), index: index)
        }
    }

    private mutating func readEntry(_ index: Int) throws {
        let start = json.offset
        var imageID: RecordID?
        var namedImageID: RecordID?
        var categoryName: String?
        var categoryID: RecordID?
        var box: Box?
        var score: Double?
        try json.beginObject()
        while let key = try json.nextKey() {
            if key.equals("image_id") {
                imageID = try json.readID()
            } else if key.equals("category_id") {
                categoryID = try json.readID()
            } else if key.equals("bbox") {
                box = try json.readBox()
            } else if key.equals("score") {
                score = try json.readOptionalDouble()
            } else if key.equals("category_name") {
                categoryName = try references.readCategoryName(&json, in: source.bytes)
            } else if key.equals("file_name") {
                namedImageID = try references.readFileName(&json, in: source.bytes)
            } else {
                try json.skipValue()
            }
        }
        let fields = [("image_id", imageID == nil), ("category_id", categoryID == nil), ("score", score == nil)]
        guard let imageID, let categoryID, let score, let box else {
            let field = fields.first { $0.1 }?.0 ?? "bbox"
            throw RecordProblem(offset: start, problem: "there is no \(field)", remedy: "Add the field \(field)")
        }
        var detection = Detection(box: box, score: score, categoryID: categoryID.integer ?? 0)
        switch references.category(id: categoryID, name: categoryName) {
        case .number(let number):
            detection.categoryID = number
            if let categoryName { detection.categoryName = references.ownNames[number] ?? categoryName }
        case .foreign(let name):
            guard keepsForeign else { return results.leaveOut(foreign: name, index: index) }
            detection.categoryName = name
        case .unknown:
            throw RecordProblem(
                kind: .unknownReference, offset: start, problem: "category_id \(categoryID) is not a whole number",
                remedy: "Read the results together with the dataset whose categories they use")
        }
        results.append(COCOResults.Entry(imageID: namedImageID ?? imageID, detection: detection))
    }
}
