import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// One Pascal VOC annotation file as it stands: no convention applied to its coordinates.
struct VOCDocument: Sendable {
    var fileName: String?
    var width = 0
    var height = 0
    var objects: [Object] = []
    /// Elements of the outermost one that are none of the above.
    var others: [XMLElement] = []

    struct Object: Sendable {
        var name: String?
        var line = 0
        /// `xmin`, `ymin`, `xmax`, `ymax`.
        var corners: [Double?] = [nil, nil, nil, nil]
        /// roLabelImg's turned box: `cx`, `cy`, `w`, `h`, and `angle` in radians, clockwise.
        var turned: [Double?] = [nil, nil, nil, nil, nil]
        var isDifficult = false
        /// Whether the file says if it is difficult.
        var statesDifficult = false
        /// Elements that are none of the above: `truncated`, `pose`, `part` ...
        var others: [XMLElement] = []
    }
}

extension VOCDocument {
    /// - Throws: ``AnnotationError`` when the text is not well-formed XML, declares entities, or holds a
    ///   number that is none.
    init(_ source: ByteSource) throws(AnnotationError) {
        let builder = VOCDocumentBuilder()
        do {
            try XMLDocumentReader.read(
                source, begin: { reader, attributes in try builder.begin(reader, attributes) },
                end: { reader in try builder.end(reader) })
        } catch { throw AnnotationError(error, in: source, record: nil) }
        guard builder.sawAnnotation else {
            throw AnnotationError(
                .schema, file: source.path, line: 1, problem: "the outermost element is not annotation",
                remedy: "Pascal VOC files are <annotation> ... </annotation>")
        }
        self = builder.document
    }
}

/// Receives the elements of a file and fills a document.
private final class VOCDocumentBuilder {
    var document = VOCDocument()
    var sawAnnotation = false
    private var object: VOCDocument.Object?
    private let others = XMLElementCollector()

    private static let corners = ["xmin", "ymin", "xmax", "ymax"]
    private static let turned = ["cx", "cy", "w", "h", "angle"]

    func begin(_ reader: XMLDocumentReader, _ attributes: XMLDocumentReader.Attributes) throws {
        let path = reader.path
        if others.isCollecting { return others.begin(path[path.count - 1], attributes) }
        switch path.count {
        case 1: sawAnnotation = path[0] == "annotation"
        case 2 where path[1] == "object":
            object = VOCDocument.Object(line: reader.line)
            reader.recordName = "object[\(document.objects.count)]"
        case 2 where path[1] != "filename" && path[1] != "size": others.begin(path[1], attributes)
        case 3 where path[1] == "size" && path[2] != "width" && path[2] != "height":
            others.begin(path[2], attributes)
        case 3 where path[1] == "object" && !["name", "difficult", "bndbox", "robndbox"].contains(path[2]):
            others.begin(path[2], attributes)
        default: break
        }
    }

    func end(_ reader: XMLDocumentReader) throws {
        let path = reader.path
        if others.isCollecting {
            guard let element = others.end(reader.value) else { return }
            // Three colours are what is meant where nothing is said.
            if element.name == "depth", element.text == "3" { return }
            if object != nil { object?.others.append(element) } else { document.others.append(element) }
            return
        }
        switch path.count {
        case 2 where path[1] == "object":
            if let object { try finish(object) }
            object = nil
            reader.recordName = nil
        case 2 where path[1] == "filename": document.fileName = reader.value
        case 3 where path[1] == "size" && path[2] == "width":
            document.width = Int(exactly: try reader.number()) ?? 0
        case 3 where path[1] == "size" && path[2] == "height":
            document.height = Int(exactly: try reader.number()) ?? 0
        case 3 where path[1] == "object" && path[2] == "name": object?.name = reader.value
        case 3 where path[1] == "object" && path[2] == "difficult":
            let text = reader.value
            object?.isDifficult = try !text.isEmpty && reader.number(text, named: "difficult") != 0
            object?.statesDifficult = true
        case 4 where path[1] == "object" && path[2] == "bndbox":
            if let corner = Self.corners.firstIndex(of: path[3]) { object?.corners[corner] = try reader.number() }
        case 4 where path[1] == "object" && path[2] == "robndbox":
            if let place = Self.turned.firstIndex(of: path[3]) { object?.turned[place] = try reader.number() }
        default: break
        }
    }

    private func finish(_ object: VOCDocument.Object) throws {
        if object.name?.isEmpty ?? true {
            throw XMLDocumentReader.Problem(problem: "the object has no name", remedy: "Add the element name")
        }
        document.objects.append(object)
    }
}
