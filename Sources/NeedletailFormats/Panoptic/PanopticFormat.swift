import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// COCO's panoptic segmentation: `segments_info` of each image, with boxes; the outlines, in pictures, are left out.
enum PanopticFormat: ReadingCodec {
    static var capabilities: FormatCapabilities {
        var capabilities = COCOFormat.capabilities
        capabilities.title = "COCO panoptic JSON, its boxes"
        capabilities.isWritten = false
        capabilities.polygons = false
        return capabilities
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let source = try ByteSource.annotations(path, as: .json)
        let batch = RecordBatch(source: 0)
        var builder = DatasetBuilder(provenance: Dataset.Provenance(path: path, format: .panoptic))
        var record: (list: String, index: Int, start: Int)?
        do {
            var json = JSONReader(source.bytes)
            json.acceptsNonFinite = true
            let whole = try JSONMembers(&json, in: source.bytes, for: batch)
            try json.finish()
            var index = 0
            /// Calls `body` with the objects of a list.
            func each(_ key: StaticString, _ body: (JSONMembers) throws -> Void) throws {
                index = 0
                try whole.forEach(key) { json in
                    json.skipWhitespace()
                    record = ("\(key)", index, json.offset)
                    let members = try whole.inner(&json)
                    do { try body(members) } catch  where options.isLenient {
                        batch.refusals.append(AnnotationError(error, in: source, record: record))
                    }
                    index += 1
                }
                record = nil
            }
            var rows: [RecordID: Int] = [:]
            try each("images") { image in
                let id = try image.required("id", image.identifier("id"))
                image.addOthers(than: ["id", "file_name", "width", "height"], to: batch.extras)
                rows[id] = rows[id] ?? batch.images.count
                batch.addImage(
                    id: id, name: try image.required("file_name", image.string("file_name")),
                    width: try image.size("width"), height: try image.size("height"))
            }
            var names: [RecordID: String] = [:]
            try each("categories") { category in
                let id = try category.required("id", category.identifier("id"))
                let name = try category.string("name") ?? "\(id)"
                names[id] = name
                builder.categories.append(
                    Category(id: id, name: name, supercategory: try category.string("supercategory")))
            }
            try each("annotations") { annotation in
                let id = try annotation.required("image_id", annotation.identifier("image_id"))
                guard let row = rows[id] else {
                    throw RecordProblem(
                        kind: .unknownReference, offset: annotation.start,
                        problem: "image_id \(id) is not among the images of the file",
                        remedy: "Add it to images or remove the annotation")
                }
                try annotation.forEach("segments_info") { json in
                    try readSegment(annotation.inner(&json), image: row, names, into: batch)
                }
            }
        } catch { throw AnnotationError(error, in: source, record: record) }
        builder.imageFolder = options.images ?? FilePath.parent(of: path)
        builder.append([batch])
        builder.remarks.append(ReadingRemark(.contentLeftOut, .file, "the outlines, which are in pictures"))
        return builder.build()
    }

    private static func readSegment(
        _ segment: JSONMembers, image: Int, _ names: [RecordID: String], into batch: RecordBatch
    ) throws {
        let category = try segment.required("category_id", segment.identifier("category_id"))
        guard let name = names[category] else {
            throw RecordProblem(
                kind: .unknownReference, offset: segment.start,
                problem: "category_id \(category) is not among the categories of the file",
                remedy: "Add it to categories or remove the segment")
        }
        var box = try segment.reader("bbox")
        let area = try segment.double("area")
        if let id = try segment.identifier("id") { batch.extras.add("segment_id", .numberOrText("\(id)")) }
        batch.addObject(
            image: image, category: batch.category(name), box: try box?.readBox(), area: area,
            isCrowd: try segment.isTrue("iscrowd"))
    }
}

extension JSONMembers {
    func identifier(_ key: StaticString) throws(JSONError) -> RecordID? {
        guard var json = try reader(key) else { return nil }
        return try json.readID()
    }
}
