import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// Reads a CVAT file.
///
/// A turned box gets the extent of its corners, which are kept as a polygon; ellipses, lines, points, masks, cuboids and
/// skeletons get their extent and keep what they are in fields. Tags stand in the field `tags` of their image.
final class CVATReader {
    private let path: String
    private let options: ReadingOptions
    let batch = RecordBatch(source: 0)
    private let elements = XMLElementCollector()
    private var labels: [String] = []
    /// The label that is being defined; a point of a skeleton is none of its own.
    private var label = (name: "", isPoint: false)
    private var image: OpenImage?

    /// An image and what is in it, as far as it has been read.
    struct OpenImage {
        var id: RecordID?
        var name: String
        var size: [Int]
        var others: [(name: String, value: String)]
        var tags: [XMLElement] = []
        var shapes: [CVATShape] = []
        var unknown: [String] = []
    }

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
        if elements.isCollecting { return elements.begin(name, attributes) }
        switch reader.path.count {
        case 2 where name == "image":
            reader.recordName = "image[\(batch.images.count)]"
            try beginImage(reader, attributes)
        case 2 where name == "track":
            throw XMLDocumentReader.Problem(
                problem: "the file is CVAT for video, with tracks", remedy: "Export the task as CVAT for images 1.1")
        case 3 where reader.path[1] == "image": elements.begin(name, attributes)
        case let count where count >= 3 && name == "label": label = ("", false)
        default: break
        }
    }

    private func beginImage(_ reader: XMLDocumentReader, _ attributes: XMLDocumentReader.Attributes) throws {
        if let split = options.split, !SplitName.isSame(attributes["subset"] ?? "", split) { return }
        guard let name = attributes["name"], !name.isEmpty else {
            throw XMLDocumentReader.Problem(problem: "the image has no name", remedy: "Add the attribute name")
        }
        var size: [Int] = []
        for key in ["width", "height"] {
            let value = try attributes[key].map { try reader.number($0, named: key) } ?? 0
            size.append(Int(exactly: value.rounded()) ?? 0)
        }
        image = OpenImage(
            id: attributes["id"].flatMap(Int.init).map(RecordID.integer), name: name, size: size,
            others: attributes.all.filter { !["id", "name", "width", "height"].contains($0.name) })
    }

    private func end(_ reader: XMLDocumentReader) throws {
        if elements.isCollecting {
            if let element = elements.end(reader.value), image != nil { try take(element, reader) }
            return
        }
        let path = reader.path
        let name = path[path.count - 1]
        switch path.count {
        case 2 where name == "image":
            if let image { add(image) }
            image = nil
            reader.recordName = nil
        case let count where count >= 4 && path[count - 2] == "label":
            if name == "name" { label.name = reader.value }
            if name == "parent", !reader.value.isEmpty { label.isPoint = true }
        case let count where count >= 3 && name == "label":
            if !label.name.isEmpty, !label.isPoint, !labels.contains(label.name) { labels.append(label.name) }
        default: break
        }
    }

    private func take(_ element: XMLElement, _ reader: XMLDocumentReader) throws {
        if CVATShape.names.contains(element.name) {
            image?.shapes.append(try CVATShape(element, reader))
        } else if element.name == "tag" {
            image?.tags.append(element)
        } else {
            image?.unknown.append(element.name)
        }
    }
}
