import NeedletailGeometry

/// Reads a COCO dataset: one pass over the file, its members in any order, into columns.
///
/// Of a repeated key the last value counts, as in Python's `json`, except that `images`, `annotations` and
/// `categories` may stand only once.
struct CocoReader {
    private let source: ByteSource
    private var json: JSONReader
    private var builder: DatasetBuilder
    private var imageIDs = IDColumn()
    private var categoryIDs = IDColumn()
    private var record: (list: String, index: Int, start: Int)?
    private var releasedUpTo = 0
    private let isLenient: Bool

    private init(source: ByteSource, isLenient: Bool) {
        self.source = source
        self.isLenient = isLenient
        json = JSONReader(source.bytes)
        // Python's json writes these; they are kept, reported and written as null.
        json.acceptsNonFinite = true
        builder = DatasetBuilder(provenance: Dataset.Provenance(path: source.path, format: .coco))
        builder.sources = [source]
    }

    /// - Parameter isLenient: Whether records that are no good are left out and listed in `refusals`.
    /// - Throws: ``FileError``; ``AnnotationError`` that names the record when the file is not JSON, is not a
    ///   COCO dataset, or an annotation is of an image or category that the file does not have.
    static func read(_ path: String, isLenient: Bool = false) throws -> Dataset {
        let source = try ByteSource(contentsOf: path)
        var reader = CocoReader(source: source, isLenient: isLenient)
        do {
            return try reader.read()
        } catch {
            throw AnnotationError(error, in: source, record: reader.record)
        }
    }

    private mutating func read() throws -> Dataset {
        guard try json.peek() == .object else {
            throw CocoProblem(
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
                throw CocoProblem(
                    offset: keyStart, problem: "the list \(key.string) stands twice", remedy: "Join the two lists")
            }
            builder.layout.append(member)
            switch member {
            case .images: try readList("images") { try $0.readImage() }
            case .annotations: try readList("annotations") { try $0.readAnnotation() }
            default: try readList("categories") { try $0.readCategory() }
            }
        }
        try json.finish()
        guard seen.contains(.images) else {
            throw CocoProblem(
                offset: 0, problem: "there is no list of images",
                remedy: "A COCO dataset is an object with images, annotations and categories")
        }
        try resolveReferences()
        builder.refusals.nameLines(in: source)
        return builder.build()
    }

    private mutating func readList(_ name: String, _ readRecord: (inout CocoReader) throws -> Void) throws {
        if try json.readNull() { return }
        try json.beginArray()
        var index = 0
        while try json.nextElement() {
            json.skipWhitespace()
            record = (name, index, json.offset)
            let start = json
            do {
                try readRecord(&self)
            } catch  where isLenient {
                // What is not JSON ends the reading here.
                json = start
                try json.skipValue()
                refuse(error, place: index)
            }
            release(upTo: json.offset)
            index += 1
        }
        record = nil
    }

    private mutating func release(upTo offset: Int) {
        guard offset - releasedUpTo >= 8 << 20 else { return }
        source.release(releasedUpTo..<offset)
        releasedUpTo = offset
    }

    // MARK: Records

    private mutating func readImage() throws {
        let start = json.offset
        var image = ImageRecord(id: 0, fileName: "", width: 0, height: 0)
        var id: RecordID?
        var fileName: String?
        var address: String?
        try json.beginObject()
        while let key = try json.nextKey() {
            if key.equals("id") {
                id = try json.readID()
            } else if key.equals("file_name") {
                fileName = try json.readOptionalString()
            } else if key.equals("width") {
                image.width = try json.readOptionalInteger() ?? 0
            } else if key.equals("height") {
                image.height = try json.readOptionalInteger() ?? 0
            } else if key.equals("coco_url"), try json.peek() == .string {
                address = try json.readString()
            } else {
                try json.skipValue()
            }
        }
        guard let id else { throw missing("id", at: start) }
        // LVIS gives the address of each image and no file name.
        guard let name = fileName ?? address?.split(separator: "/").last.map(String.init), !name.isEmpty else {
            throw missing("file_name", at: start)
        }
        image.id = id
        image.fileName = name
        builder.images.append(image, origin: RecordOrigin(source: 0, offset: start))
    }

    private mutating func readCategory() throws {
        let start = json.offset
        var id: RecordID?
        var name: String?
        var supercategory: String?
        try json.beginObject()
        while let key = try json.nextKey() {
            if key.equals("id") {
                id = try json.readID()
            } else if key.equals("name") {
                name = try json.readOptionalString()
            } else if key.equals("supercategory"), try json.peek() == .string {
                supercategory = try json.readString()
            } else {
                try json.skipValue()
            }
        }
        guard let id else { throw missing("id", at: start) }
        guard let name else { throw missing("name", at: start) }
        builder.categories.append(
            Category(
                id: id, name: name, supercategory: supercategory, origin: RecordOrigin(source: 0, offset: start)))
    }

    private mutating func readAnnotation() throws {
        let start = json.offset
        let nonFiniteBefore = json.nonFiniteCount
        var annotation = Annotation(image: 0, category: 0, box: Box(x: 0, y: 0, width: 0, height: 0))
        var imageID: RecordID?
        var categoryID: RecordID?
        var box: Box?
        try json.beginObject()
        while let key = try json.nextKey() {
            switch key.raw.count {
            case 2 where key.equals("id"): annotation.id = try json.readID()
            case 4 where key.equals("bbox"): box = try json.readBox()
            case 4 where key.equals("area"): annotation.area = try json.readOptionalDouble()
            case 7 where key.equals("iscrowd"): annotation.crowd = try json.readFlag()
            case 8 where key.equals("image_id"): imageID = try json.readID()
            case 11 where key.equals("category_id"): categoryID = try json.readID()
            case 9 where key.equals("difficult"): annotation.isDifficult = try json.readLenientFlag()
            default:
                // A key that hides behind escapes is as good as one that does not.
                if key.hasEscapes {
                    try readEscaped(key.string, &annotation, &imageID, &categoryID, &box)
                } else {
                    try json.skipValue()
                }
            }
        }
        guard let imageID else { throw missing("image_id", at: start) }
        guard let categoryID else { throw missing("category_id", at: start) }
        var flags: AnnotationTable.Flags = []
        if let box { annotation.box = box } else { flags.insert(.hasNoBox) }
        if let area = annotation.area, !area.isFinite { annotation.area = nil }
        if json.nonFiniteCount > nonFiniteBefore { flags.insert(.hasNonFinite) }
        imageIDs.append(imageID)
        categoryIDs.append(categoryID)
        builder.append(annotation, flags: flags, origin: RecordOrigin(source: 0, offset: start))
    }

    private mutating func readEscaped(
        _ key: String, _ annotation: inout Annotation, _ imageID: inout RecordID?, _ categoryID: inout RecordID?,
        _ box: inout Box?
    ) throws {
        switch key {
        case "id": annotation.id = try json.readID()
        case "bbox": box = try json.readBox()
        case "area": annotation.area = try json.readOptionalDouble()
        case "iscrowd": annotation.crowd = try json.readFlag()
        case "image_id": imageID = try json.readID()
        case "category_id": categoryID = try json.readID()
        case "difficult": annotation.isDifficult = try json.readLenientFlag()
        default: try json.skipValue()
        }
    }

    private func missing(_ field: String, at offset: Int) -> CocoProblem {
        CocoProblem(offset: offset, problem: "there is no \(field)", remedy: "Add the field \(field)")
    }

    // MARK: References

    /// Turns the identifiers of images and categories into rows, once both lists are known.
    private mutating func resolveReferences() throws {
        let images = builder.images.ids.rowsByID()
        var categories = RowLookup(capacity: builder.categories.count)
        for (row, category) in builder.categories.enumerated() { categories.insert(category.id, row: row) }
        var dangling: [Int] = []
        for row in 0..<builder.annotations.count {
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
        throw CocoProblem(
            kind: .unknownReference, offset: offset, problem: "\(field) \(id) is not among the \(list) of the file",
            remedy: "Add it to \(list) or remove the annotation")
    }
}

extension JSONReader {
    /// `[x, y, width, height]`; nil for `null` and for an empty list. A `null` coordinate is not a number.
    mutating func readBox() throws -> Box? {
        if try readNull() { return nil }
        let start = offset
        var values = SIMD4<Double>.zero
        var count = 0
        try beginArray()
        while try nextElement() {
            let value = try readNull() ? Double.nan : try readDouble()
            if count < 4 { values[count] = value }
            count += 1
        }
        if count == 0 { return nil }
        guard count == 4 else {
            throw CocoProblem(
                offset: start, problem: "bbox has \(count) numbers", remedy: "Write it as [x, y, width, height]")
        }
        return Box(x: values[0], y: values[1], width: values[2], height: values[3])
    }

    /// A flag where the format defines none: anything but a number or a truth value is passed over as false.
    mutating func readLenientFlag() throws(JSONError) -> Bool {
        switch try peek() {
        case .bool, .number: return try readFlag() ?? false
        default:
            try skipValue()
            return false
        }
    }
}
