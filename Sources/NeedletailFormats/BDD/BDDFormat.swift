import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// BDD100K and Scalabel: a list of images `{"name", "labels": [{"category", "box2d": {"x1", "y1", "x2", "y2"}}]}`, such a list under
/// `frames` with `config`, or a file for each image with `name` and `frames` of `objects`.
///
/// Outlines (`poly2d`) become polygons where they are closed, and their extent the box where none is given.
enum BDDFormat: DatasetCodec {
    static let isFolder = false

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "BDD100K / Scalabel JSON")
        capabilities.scores = true
        capabilities.annotationFields = ["attributes", "label_id", "manualShape", "manualAttributes"]
        capabilities.madeUpFields = ["label_id"]
        capabilities.imageFields = ["attributes", "timestamp"]
        return capabilities
    }

    static var marks: [JSONMark] {
        [
            JSONMark(.list, ["name", "labels"]), JSONMark(.list, ["name", "timestamp"]),
            JSONMark(.object, ["name", "frames"]),
            JSONMark(.object, ["frames", "config"]), JSONMark(.object, ["frames", "groups"]),
        ]
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let source = try ByteSource.annotations(path, as: .json)
        let batch = RecordBatch(source: 0)
        var json = JSONReader(source.bytes)
        json.acceptsNonFinite = true
        let isList: Bool
        do { isList = try json.peek() == .array } catch { throw AnnotationError(error, in: source, record: nil) }
        if isList {
            try JSONListReader.read(source, into: batch, isLenient: options.isLenient) {
                try readImage($0, into: batch)
            }
        } else {
            try readObject(source, into: batch, options)
        }
        return LooseImages(path, options).dataset(batch, format: .bdd100k)
    }

    private static func readObject(
        _ source: ByteSource, into batch: RecordBatch, _ options: ReadingOptions
    ) throws {
        try JSONObjectReader.read(source, into: batch, isLenient: options.isLenient) { json in
            let whole = json.whole
            // One image of its own, whose objects stand in its frames.
            if let name = try whole.string("name") {
                whole.addOthers(than: ["name", "frames"], to: batch.extras)
                batch.addImage(name: imageName(name), width: 0, height: 0)
                try whole.forEach("frames") { json in
                    let frame = try whole.inner(&json)
                    try readLabels(frame, frame.has("objects") ? "objects" : "labels", into: batch)
                }
                return
            }
            // The size that all have.
            let size = try whole.object("config")?.object("imageSize")
            let (width, height) = (try size?.size("width") ?? 0, try size?.size("height") ?? 0)
            try json.forEach("frames") { try readImage($0, width: width, height: height, into: batch) }
        }
    }

    /// Files of single images leave out the ending.
    private static func imageName(_ name: String) -> String { ImageFileName.isImage(name) ? name : name + ".jpg" }

    private static func readImage(
        _ image: JSONMembers, width: Int = 0, height: Int = 0, into batch: RecordBatch
    ) throws {
        let name = try image.required("name", image.string("name"))
        let size = try image.object("size")
        image.addOthers(than: ["name", "labels", "size"], to: batch.extras)
        batch.addImage(
            name: name, width: try size?.size("width") ?? width, height: try size?.size("height") ?? height)
        try readLabels(image, "labels", into: batch)
    }

    private static func readLabels(_ image: JSONMembers, _ key: StaticString, into batch: RecordBatch) throws {
        try image.forEach(key) { json in
            let label = try image.inner(&json)
            let name = try label.string("category")
            // The identifier is that of an object in all frames of a video.
            if label.has("id"), !label.text("id").elementsEqual("null".utf8) {
                batch.extras.add("label_id", .json(label.text("id")))
            }
            label.addOthers(than: ["id", "category", "box2d", "poly2d"], to: batch.extras)
            let box = try label.object("box2d").map { box -> Box in
                let corners = try box.numbers("x1", "y1", "x2", "y2")
                return Box(left: corners[0], top: corners[1], right: corners[2], bottom: corners[3])
            }
            let outline = try Outline(label)
            let category = batch.category(called: name)
            if !outline.polygons.isEmpty {
                if box == nil { batch.remarkOnNextObject(.boxFromShape, "poly2d") }
                return batch.addPolygons(outline.polygons, category: category, box: box)
            }
            if label.has("poly2d") {
                batch.extras.add("poly2d", .json(label.text("poly2d")))
                if box == nil { batch.remarkOnNextObject(.boxFromShape, "poly2d") }
            }
            batch.addObject(category: category, box: box ?? Box(around: outline.points))
        }
    }

    /// What `poly2d` holds: a list of outlines, or in older files of points.
    private struct Outline {
        var polygons: [[Double]] = []
        var points: [Double] = []

        init(_ label: JSONMembers) throws {
            guard var json = try label.reader("poly2d"), try json.peek() == .array else { return }
            try json.beginArray()
            while try json.nextElement() {
                guard try json.peek() == .object else {
                    // `[x, y, "L"]`.
                    try json.beginArray()
                    var place = 0
                    while try json.nextElement() {
                        if place < 2 { points.append(try json.readDouble()) } else { try json.skipValue() }
                        place += 1
                    }
                    guard points.count.isMultiple(of: 2) else {
                        throw RecordProblem(
                            offset: label.start, problem: "a point of poly2d has no two numbers",
                            remedy: "Write it as [x, y, \"L\"]")
                    }
                    continue
                }
                let outline = try label.inner(&json)
                let vertices = try outline.points("vertices")
                points += vertices
                if try outline.isTrue("closed"), vertices.count >= 6 { polygons.append(vertices) }
            }
        }
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        var file = try AtomicFile(path: path)
        file.write { (buffer: inout ByteBuffer) in
            buffer.append("[")
            for row in 0..<dataset.images.count {
                let image = dataset.images[row]
                let fields = dataset.fields(ofImage: row)
                buffer.append(row == 0 ? "\n{\"name\":" : ",\n{\"name\":")
                buffer.appendString(image.fileName)
                buffer.append(",\"attributes\":")
                buffer.append(fields["attributes"]?.value, otherwise: "{}")
                if let time = fields["timestamp"]?.value {
                    buffer.append(",\"timestamp\":")
                    buffer.append(time)
                }
                if image.hasSize {
                    buffer.append(",\"size\":{\"width\":")
                    buffer.appendInteger(image.width)
                    buffer.append(",\"height\":")
                    buffer.appendInteger(image.height)
                    buffer.append("}")
                }
                buffer.append(",\"labels\":[")
                var number = 0
                for annotation in dataset.annotations(ofImage: row) {
                    guard let box = dataset.writableBox(annotation) else { continue }
                    append(annotation, box, number: number, of: dataset, to: &buffer)
                    number += 1
                }
                buffer.append("]}")
            }
            buffer.append("\n]\n")
        }
        try file.commit()
    }

    private static func append(
        _ row: Int, _ box: Box, number: Int, of dataset: Dataset, to buffer: inout ByteBuffer
    ) {
        let fields = dataset.fields(ofAnnotation: row)
        buffer.append(number == 0 ? "\n  {\"id\":" : ",\n  {\"id\":")
        if let id = fields["label_id"]?.value { buffer.append(id) } else { buffer.appendString("\(number)") }
        buffer.append(",\"category\":")
        buffer.appendString(dataset.categories[Int(dataset.annotations.categories[row])].name)
        for key: StaticString in ["attributes", "manualShape", "manualAttributes", "score"] {
            guard let value = fields[key]?.value else { continue }
            buffer.append(",\"")
            buffer.append(key)
            buffer.append("\":")
            buffer.append(value)
        }
        let (x2, y2) = box.farCorner
        buffer.append(",\"box2d\":{\"x1\":")
        buffer.appendDouble(box.x)
        buffer.append(",\"y1\":")
        buffer.appendDouble(box.y)
        buffer.append(",\"x2\":")
        buffer.appendDouble(x2)
        buffer.append(",\"y2\":")
        buffer.appendDouble(y2)
        buffer.append("}}")
    }
}
