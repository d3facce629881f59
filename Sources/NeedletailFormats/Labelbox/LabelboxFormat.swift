import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// Labelbox's export: a line of JSON for each data row, or a list of them.
enum LabelboxFormat: DatasetCodec {
    static let isFolder = false

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "Labelbox export (NDJSON)")
        capabilities.polygons = true
        capabilities.imageFields = ["data_row_id", "global_key"]
        return capabilities
    }

    static var marks: [JSONMark] { [JSONMark(.object, ["data_row"]), JSONMark(.list, ["data_row"])] }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let source = try ByteSource.annotations(path, as: .json)
        let batch = RecordBatch(source: 0)
        try JSONListReader.readObjects(source, into: batch, isLenient: options.isLenient) {
            try readRow($0, into: batch)
        }
        return LooseImages(path, options).dataset(batch, format: .labelbox)
    }

    private static func readRow(_ row: JSONMembers, into batch: RecordBatch) throws {
        let data = try row.required("data_row", row.object("data_row"))
        let name = try data.string("external_id") ?? data.string("row_data")
        let size = try row.object("media_attributes")
        batch.extras.add("data_row_id", try data.string("id"))
        batch.extras.add("global_key", try data.string("global_key"))
        var labels: [JSONMembers] = []
        for project in try row.object("projects")?.members ?? [] {
            var json = row.reader(at: project.value)
            let members = try row.inner(&json)
            try members.forEach("labels") { labels.append(try members.inner(&$0)) }
        }
        if labels.count > 1 { batch.remarkOnNextImage(.severalAnnotators, "\(labels.count) labels") }
        batch.addImage(
            name: try data.required("external_id", name), width: try size?.size("width") ?? 0,
            height: try size?.size("height") ?? 0)
        for label in labels {
            guard let annotations = try label.object("annotations") else { continue }
            for key: StaticString in ["classifications", "relationships", "frames"] {
                guard var json = try annotations.reader(key) else { continue }
                let kind = try json.peek()
                try? (kind == .array ? json.beginArray() : json.beginObject())
                if try kind == .array ? json.nextElement() : json.nextKey() != nil {
                    batch.remarkOnImage(.contentLeftOut, "\(key)")
                }
            }
            try annotations.forEach("objects") { json in try readObject(annotations.inner(&json), into: batch) }
        }
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        var file = try AtomicFile(path: path)
        file.write { (buffer: inout ByteBuffer) in
            for row in 0..<dataset.images.count {
                let image = dataset.images[row], fields = dataset.fields(ofImage: row)
                buffer.append("{\"data_row\":{\"external_id\":")
                buffer.appendString(image.fileName)
                for (key, name) in [("data_row_id", ",\"id\":"), ("global_key", ",\"global_key\":")]
                    as [(StaticString, StaticString)]
                {
                    guard let value = fields[key]?.value else { continue }
                    buffer.append(name)
                    buffer.append(value)
                }
                buffer.append("}")
                if image.hasSize {
                    buffer.append(",\"media_attributes\":{\"width\":")
                    buffer.appendInteger(image.width)
                    buffer.append(",\"height\":")
                    buffer.appendInteger(image.height)
                    buffer.append("}")
                }
                buffer.append(",\"projects\":{\"needletail\":{\"labels\":[{\"annotations\":{\"objects\":[")
                var isFirst = true
                for annotation in dataset.annotations(ofImage: row) {
                    guard let box = dataset.writableBox(annotation) else { continue }
                    if !isFirst { buffer.append(",") }
                    isFirst = false
                    write(annotation, box, of: dataset, to: &buffer)
                }
                buffer.append("],\"classifications\":[],\"relationships\":[]}}]}}}\n")
            }
        }
        try file.commit()
    }

    private static func write(_ annotation: Int, _ box: Box, of dataset: Dataset, to buffer: inout ByteBuffer) {
        let fields = dataset.fields(ofAnnotation: annotation)
        let polygons = fields.polygons
        buffer.append("{\"name\":")
        buffer.appendString(dataset.categories[Int(dataset.annotations.categories[annotation])].name)
        guard polygons.count == 1, polygons == fields.usablePolygons else {
            buffer.append(",\"annotation_kind\":\"ImageBoundingBox\",\"bounding_box\":{\"top\":")
            buffer.appendDouble(box.y)
            buffer.append(",\"left\":")
            buffer.appendDouble(box.x)
            buffer.append(",\"height\":")
            buffer.appendDouble(box.height)
            buffer.append(",\"width\":")
            buffer.appendDouble(box.width)
            buffer.append("}}")
            return
        }
        buffer.append(",\"annotation_kind\":\"ImagePolygon\",\"polygon\":[")
        for place in stride(from: 0, to: polygons[0].count - 1, by: 2) {
            buffer.append(place == 0 ? "{\"x\":" : ",{\"x\":")
            buffer.appendDouble(polygons[0][place])
            buffer.append(",\"y\":")
            buffer.appendDouble(polygons[0][place + 1])
            buffer.append("}")
        }
        buffer.append("]}")
    }

    private static func readObject(_ object: JSONMembers, into batch: RecordBatch) throws {
        // Asked for only where an object follows, on which it may have to be remarked.
        func category() throws -> Int {
            batch.category(called: try object.string("name") ?? object.string("value"))
        }
        if let box = try object.object("bounding_box") {
            let numbers = try box.numbers("left", "top", "width", "height")
            return batch.addObject(
                category: try category(), box: Box(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3]))
        }
        let polygon = try object.pointObjects("polygon")
        if polygon.count >= 6 { return batch.addPolygon(polygon, category: try category()) }
        let line = try object.pointObjects("line")
        if !line.isEmpty {
            batch.remarkOnNextObject(.boxFromShape, "line")
            return batch.addObject(category: try category(), box: Box(around: line))
        }
        if let point = try object.object("point") {
            let numbers = try point.numbers("x", "y")
            batch.remarkOnNextObject(.boxFromShape, "point")
            return batch.addObject(
                category: try category(), box: Box(x: numbers[0], y: numbers[1], width: 0, height: 0))
        }
        // Masks are pictures at an address.
        batch.remarkOnImage(.contentLeftOut, try object.string("annotation_kind") ?? "an object without a box")
    }
}
