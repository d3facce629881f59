import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// Reads a COCO dataset: one pass over the file, its members in any order, into columns.
///
/// Of a repeated key the last value counts, as in Python's `json`, except that `images`, `annotations` and
/// `categories` may stand only once.
struct COCOReader {
    let source: ByteSource
    var json: JSONReader
    var builder: DatasetBuilder
    /// What the annotations refer to.
    var imageIDs = IDColumn()
    var categoryIDs = IDColumn()
    /// By how many degrees boxes are turned, by where their records start.
    var rotations: [Int: Double] = [:]
    var record: (list: String, index: Int, start: Int)?
    private var releasedUpTo: Int
    let isLenient: Bool

    /// - Parameter offset: Where reading begins.
    init(source: ByteSource, at offset: Int = 0, isLenient: Bool) {
        self.source = source
        self.isLenient = isLenient
        releasedUpTo = offset
        json = JSONReader(source.bytes, at: offset)
        // Python's json writes these; they are kept, reported and written as null.
        json.acceptsNonFinite = true
        builder = DatasetBuilder(provenance: Dataset.Provenance(path: source.path, format: .coco))
        builder.sources = [source]
    }

    /// - Parameter isLenient: Whether records that are no good are left out and listed in `refusals`.
    /// - Throws: ``FileError``; ``AnnotationError`` that names the record when the file is not JSON, is not a
    ///   COCO dataset, or an annotation is of an image or category that the file does not have.
    static func read(_ path: String, isLenient: Bool = false) throws -> Dataset {
        let source = try ByteSource.annotations(path, as: .json)
        var reader = COCOReader(source: source, isLenient: isLenient)
        do {
            let dataset = try reader.read()
            return reader.rotations.isEmpty ? dataset : dataset.turningBoxes(reader.rotations)
        } catch let error as HoldsSegments {
            throw error
        } catch {
            throw AnnotationError(error, in: source, record: reader.record)
        }
    }

    private mutating func read() throws -> Dataset {
        guard !source.text.allSatisfy({ $0 <= 0x20 }) else {
            throw RecordProblem(
                kind: .syntax, offset: 0, problem: "the file is empty", remedy: "Export or copy the file again")
        }
        guard try json.peek() == .object else {
            throw RecordProblem(
                offset: json.offset, problem: "a COCO dataset is an object with images, annotations and categories",
                remedy: "If this is a list of detection results, read it as results")
        }
        var seen: Set<TopLevelMember> = []
        try json.beginObject()
        while let key = try json.nextKey() {
            let keyStart = key.raw.baseAddress.map { $0 - json.base } ?? json.offset
            let member: TopLevelMember
            if key.equals("images") {
                member = .images
            } else if key.equals("annotations") {
                member = .annotations
            } else if key.equals("categories") {
                member = .categories
            } else {
                let value = try json.skipValue()
                release(upTo: json.offset)
                builder.layout.append(
                    .other(source: 0, key: keyStart..<keyStart + key.raw.count, value: value))
                continue
            }
            guard seen.insert(member).inserted else {
                throw RecordProblem(
                    offset: keyStart, problem: "the list \(key.string) stands twice", remedy: "Join the two lists")
            }
            builder.layout.append(member)
            switch member {
            case .images: try readInParts("images") { try $0.readImage() }
            case .annotations: try readInParts("annotations") { try $0.readAnnotation() }
            default: try readList("categories") { try $0.readCategory() }
            }
        }
        try json.finish()
        guard seen.contains(.images) else {
            throw RecordProblem(
                offset: 0, problem: "there is no list of images",
                remedy: "A COCO dataset is an object with images, annotations and categories")
        }
        try resolveReferences()
        builder.refusals.nameLines(in: source)
        return builder.build()
    }

    mutating func readList(_ name: String, _ readRecord: (inout COCOReader) throws -> Void) throws {
        if try json.readNull() { return }
        try json.beginArray()
        if try json.nextElement() { try readRecords(name, from: 0, readRecord) }
    }

    /// Reads the records of a list to its end.
    ///
    /// - Parameter first: The place in the list of the record that comes next.
    mutating func readRecords(
        _ name: String, from first: Int, _ readRecord: (inout COCOReader) throws -> Void
    ) throws {
        var index = first
        repeat {
            json.skipWhitespace()
            record = (name, index, json.offset)
            let start = json
            do {
                try readRecord(&self)
            } catch let error where isLenient && !(error is HoldsSegments) {
                // What is not JSON ends the reading here.
                json = start
                try json.skipValue()
                refuse(error, place: index)
            }
            release(upTo: json.offset)
            index += 1
        } while try json.nextElement()
        record = nil
    }

    mutating func release(upTo offset: Int) {
        guard offset - releasedUpTo >= 8 << 20 else { return }
        source.release(releasedUpTo..<offset)
        releasedUpTo = offset
    }

    // MARK: References

    /// Turns the identifiers of images and categories into rows, once both lists are known.
    private mutating func resolveReferences() throws {
        let images = builder.images.ids.rowsByID()
        addMissingCategories()
        let categories = IDColumn(builder.categories.lazy.map(\.id)).rowsByID()
        builder.annotations.images = imageIDs.rows(in: images)
        builder.annotations.categories = categoryIDs.rows(in: categories)
        var dangling: [Int] = []
        for row in 0..<builder.annotations.count
        where builder.annotations.images[row] < 0 || builder.annotations.categories[row] < 0 {
            do {
                builder.annotations.images[row] = try resolve(imageIDs[row], "image_id", images, row)
                builder.annotations.categories[row] = try resolve(categoryIDs[row], "category_id", categories, row)
            } catch  where isLenient {
                refuse(error, place: builder.refusals.place(ofRow: row, in: "annotations"), isCounted: false)
                dangling.append(row)
            }
        }
        if !dangling.isEmpty {
            builder.refusals.insert(dangling, in: "annotations")
            builder.annotations.remove(dangling)
        }
        (imageIDs, categoryIDs) = (IDColumn(), IDColumn())
    }

    /// Sets a record aside.
    ///
    /// - Parameter isCounted: Whether its place counts at once as one that the columns do not have.
    private mutating func refuse(_ error: some Error, place: Int, isCounted: Bool = true) {
        let list = record?.list ?? ""
        record?.index = place
        builder.refusals.append(
            AnnotationError(error, in: source, record: record, namesLine: false), list: list,
            place: isCounted ? place : nil)
    }

    private mutating func resolve(
        _ id: RecordID, _ field: String, _ lookup: RowLookup, _ row: Int
    ) throws -> Int32 {
        if let found = lookup.row(of: id) { return Int32(found) }
        if let found = lookup.looseRow(of: id) {
            builder.annotations.flags[row].insert(.hasLooseReference)
            return Int32(found)
        }
        let offset = builder.annotations.origins[row].offset
        record = ("annotations", row, offset)
        let list = field == "image_id" ? "images" : "categories"
        throw RecordProblem(
            kind: .unknownReference, offset: offset, problem: "\(field) \(id) is not among the \(list) of the file",
            remedy: "Add it to \(list) or remove the annotation")
    }
}
