import CExpat
import NeedletailGeometry

/// One Pascal VOC annotation file as it stands: no convention applied to its coordinates.
struct VOCDocument: Sendable {
    var fileName: String?
    var width = 0
    var height = 0
    var objects: [Object] = []

    struct Object: Sendable {
        var name: String?
        var line = 0
        /// `xmin`, `ymin`, `xmax`, `ymax`.
        var corners: [Double?] = [nil, nil, nil, nil]
        var isDifficult = false
        var truncated: String?
        var occluded: String?
        var pose: String?
    }
}

extension VOCDocument {
    /// - Throws: ``AnnotationError`` when the text is not well-formed XML, declares entities, or holds a
    ///   number that is none.
    init(_ source: ByteSource) throws(AnnotationError) {
        guard let parser = XML_ParserCreate(nil) else {
            throw AnnotationError(
                .syntax, file: source.path, problem: "the XML parser could not be set up", remedy: "Free some memory")
        }
        defer { XML_ParserFree(parser) }
        let handler = VOCHandler(parser: parser)
        XML_SetUserData(parser, Unmanaged.passUnretained(handler).toOpaque())
        XML_SetElementHandler(
            parser,
            { context, name, _ in VOCHandler.of(context)?.begin(name) },
            { context, _ in VOCHandler.of(context)?.end() })
        XML_SetCharacterDataHandler(parser) { context, text, count in
            VOCHandler.of(context)?.append(text, count: Int(count))
        }
        // A few lines of nested entities can expand to gigabytes; annotation files have no use for any.
        XML_SetEntityDeclHandler(parser) { context, _, _, _, _, _, _, _, _ in
            VOCHandler.of(context)?.stop(problem: "the file declares entities", remedy: "Remove the DOCTYPE")
        }
        let status = source.bytes.withMemoryRebound(to: CChar.self) { bytes in
            bytes.count > Int(Int32.max)
                ? XML_STATUS_ERROR : XML_Parse(parser, bytes.baseAddress, Int32(bytes.count), 1)
        }
        if status == XML_STATUS_OK {
            self = handler.document
            if handler.sawAnnotation { return }
            throw AnnotationError(
                .schema, file: source.path, line: 1, problem: "the outermost element is not annotation",
                remedy: "Pascal VOC files are <annotation> ... </annotation>")
        }
        let line = Int(XML_GetCurrentLineNumber(parser))
        let offset = Int(XML_GetCurrentByteIndex(parser))
        if let (problem, remedy) = handler.refusal {
            throw AnnotationError(
                .schema, file: source.path, record: handler.recordName, line: line, byteOffset: offset,
                problem: problem, remedy: remedy)
        }
        let message = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "unknown error"
        throw AnnotationError(
            .syntax, file: source.path, record: handler.recordName, line: line, byteOffset: offset,
            problem: "not well-formed XML: \(message)",
            remedy: "Export or copy the file again, or correct it at that byte")
    }
}

/// Receives expat's events and fills a document.
private final class VOCHandler {
    var document = VOCDocument()
    var sawAnnotation = false
    var refusal: (problem: String, remedy: String)?
    private let parser: XML_Parser
    private var path: [String] = []
    private var text: [UInt8] = []
    private var object: VOCDocument.Object?

    init(parser: XML_Parser) {
        self.parser = parser
    }

    static func of(_ context: UnsafeMutableRawPointer?) -> VOCHandler? {
        context.map { Unmanaged<VOCHandler>.fromOpaque($0).takeUnretainedValue() }
    }

    var recordName: String? {
        object.map { _ in "object[\(document.objects.count)]" }
    }

    func stop(problem: String, remedy: String) {
        refusal = (problem, remedy)
        XML_StopParser(parser, 0)
    }

    func begin(_ name: UnsafePointer<CChar>?) {
        guard refusal == nil, let name else { return }
        guard path.count < 64 else { return stop(problem: "elements are nested too deep", remedy: "Check the file") }
        path.append(String(cString: name))
        text.removeAll(keepingCapacity: true)
        if path.count == 1 { sawAnnotation = path[0] == "annotation" }
        if path == ["annotation", "object"] {
            object = VOCDocument.Object(line: Int(XML_GetCurrentLineNumber(parser)))
        }
    }

    func append(_ bytes: UnsafePointer<CChar>?, count: Int) {
        guard let bytes, refusal == nil else { return }
        // No value that is looked at is longer.
        guard text.count + count <= 1 << 16 else { return }
        bytes.withMemoryRebound(to: UInt8.self, capacity: count) {
            text.append(contentsOf: UnsafeBufferPointer(start: $0, count: count))
        }
    }

    func end() {
        guard refusal == nil, !path.isEmpty else { return }
        let depth = path.count
        if depth == 2, path[1] == "object", let finished = object {
            finish(finished)
        } else if depth == 2, path[1] == "filename" {
            document.fileName = value
        } else if depth == 3, path[1] == "size" {
            if path[2] == "width" { document.width = number.flatMap { Int(exactly: $0) } ?? 0 }
            if path[2] == "height" { document.height = number.flatMap { Int(exactly: $0) } ?? 0 }
        } else if depth == 3, path[1] == "object" {
            switch path[2] {
            case "name": object?.name = value
            case "pose": object?.pose = value
            case "truncated": object?.truncated = value
            case "occluded": object?.occluded = value
            case "difficult": object?.isDifficult = (number ?? 0) != 0
            default: break
            }
        } else if depth == 4, path[1] == "object", path[2] == "bndbox",
            let corner = ["xmin", "ymin", "xmax", "ymax"].firstIndex(of: path[3])
        {
            object?.corners[corner] = number
        }
        path.removeLast()
        text.removeAll(keepingCapacity: true)
    }

    private func finish(_ finished: VOCDocument.Object) {
        if finished.name?.isEmpty ?? true {
            return stop(problem: "the object has no name", remedy: "Add the element name")
        }
        document.objects.append(finished)
        object = nil
    }

    private var value: String {
        let trimmed = text.drop { $0 <= 0x20 }
        let end = trimmed.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? trimmed.startIndex
        return String(decoding: trimmed[trimmed.startIndex..<end], as: UTF8.self)
    }

    /// The element's text as a number; stops the parser when it is something else.
    private var number: Double? {
        let text = value
        if let number = Double(text), number.isFinite { return number }
        let element = path.last ?? ""
        stop(
            problem: text.isEmpty ? "\(element) is empty" : "\(element) is \"\(text.prefix(40))\", not a number",
            remedy: "Write a number there")
        return nil
    }
}
