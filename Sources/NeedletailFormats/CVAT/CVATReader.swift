import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// Reads a CVAT file.
///
/// A turned box gets the extent of its corners; how it stood is kept in `rotation` and `unrotated`. Ellipses, lines,
/// points and masks get their extent, and keep their attributes.
final class CVATReader {
    private let path: String
    private let options: ReadingOptions
    private let batch = RecordBatch(source: 0)
    private var labels: [String] = []
    private var shape: (name: String, attributes: [(name: String, value: String)])?
    /// The shape's own attributes, and the name of the one that is open.
    private var values: [(name: String, value: String)] = []
    private var valueName = ""
    private var isSkipped = false
    private var tags: [String] = []

    private static let shapes: Set<String> = ["box", "polygon", "polyline", "points", "ellipse", "mask", "cuboid"]
    /// Attributes that say nothing.
    private static let defaults: [(String, String)] = [("occluded", "0"), ("z_order", "0"), ("source", "manual")]

    init(_ path: String, _ options: ReadingOptions) {
        self.path = path
        self.options = options
    }

    func read() throws -> Dataset {
        var isCVAT = false
        let source = try ByteSource.annotations(path, as: .xml)
        do {
            try XMLDocumentReader.read(
                source,
                begin: { reader, attributes in
                    if reader.path.count == 1 { isCVAT = reader.path[0] == "annotations" }
                    try self.begin(reader, attributes)
                }, end: { try self.end($0) })
        } catch { throw AnnotationError(error, in: source, record: nil) }
        guard isCVAT else {
            throw AnnotationError(
                .schema, file: path, line: 1, problem: "the outermost element is not annotations",
                remedy: "Export the task as CVAT for images 1.1")
        }
        var builder = DatasetBuilder(provenance: Dataset.Provenance(path: path, format: .cvat))
        builder.provenance.split = options.split
        builder.imageFolder = options.images ?? FilePath.parent(of: path)
        builder.categories = labels.enumerated().map { Category(id: .integer($0 + 1), name: $1) }
        builder.append([batch])
        return builder.build()
    }

    private func begin(_ reader: XMLDocumentReader, _ attributes: XMLDocumentReader.Attributes) throws {
        let name = reader.path[reader.path.count - 1]
        switch reader.path.count {
        case 2 where name == "image":
            reader.recordName = "image[\(batch.images.count)]"
            try beginImage(reader, attributes)
        case 2 where name == "track":
            throw XMLDocumentReader.Problem(
                problem: "the file is CVAT for video, with tracks", remedy: "Export the task as CVAT for images 1.1")
        case 3 where reader.path[1] == "image" && Self.shapes.contains(name):
            shape = (name, attributes.all)
            values = []
        case 3 where reader.path[1] == "image" && name == "tag":
            if let label = attributes["label"] { tags.append(label) }
        case 4 where name == "attribute": valueName = attributes["name"] ?? ""
        default: break
        }
    }

    private func beginImage(_ reader: XMLDocumentReader, _ attributes: XMLDocumentReader.Attributes) throws {
        isSkipped = options.split.map { !SplitName.isSame(attributes["subset"] ?? "", $0) } ?? false
        guard !isSkipped else { return }
        guard let name = attributes["name"], !name.isEmpty else {
            throw XMLDocumentReader.Problem(problem: "the image has no name", remedy: "Add the attribute name")
        }
        var sizes: [Int] = []
        for key in ["width", "height"] {
            sizes.append(
                try attributes[key].map { Int(exactly: try reader.number($0, named: key).rounded()) ?? 0 } ?? 0)
        }
        for (key, value) in attributes.all where !["id", "name", "width", "height"].contains(key) {
            if key == "subset" { batch.extras.add("split", value) } else { batch.extras.add(key, .numberOrText(value)) }
        }
        let id = attributes["id"].flatMap(Int.init).map(RecordID.integer)
        batch.addImage(id: id, name: name, width: sizes[0], height: sizes[1])
    }

    private func end(_ reader: XMLDocumentReader) throws {
        let name = reader.path[reader.path.count - 1]
        switch reader.path.count {
        case 4 where name == "attribute" && shape != nil: values.append((valueName, reader.value))
        case 3 where reader.path[1] == "image":
            if let shape, !isSkipped { try add(CVATShape(shape.name, shape.attributes, reader)) }
            shape = nil
        case let count where count >= 4 && name == "name" && reader.path[count - 2] == "label":
            if !labels.contains(reader.value) { labels.append(reader.value) }
        default: break
        }
    }

    private func add(_ shape: CVATShape) {
        for (key, value) in shape.others where !Self.defaults.contains(where: { $0 == (key, value) }) {
            batch.extras.add(key, .numberOrText(value))
        }
        if !values.isEmpty {
            var buffer = ByteBuffer(growingFrom: 64)
            for (place, value) in values.enumerated() {
                buffer.append(place == 0 ? "{" : ",")
                buffer.appendString(value.name)
                buffer.append(":")
                buffer.appendString(value.value)
            }
            buffer.append("}")
            batch.extras.add("attributes", .json(buffer.bytes))
        }
        let category = batch.category(shape.label)
        if shape.name == "polygon", shape.points.count >= 6 {
            return batch.addPolygon(shape.points, category: category)
        }
        if shape.name != "box" { batch.extras.add("shape", shape.name) }
        if let unrotated = shape.unrotated {
            batch.extras.add("unrotated", .box(unrotated))
        }
        batch.addObject(category: category, box: shape.box)
    }
}
