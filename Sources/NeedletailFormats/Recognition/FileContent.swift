import NeedletailDatasets
import NeedletailSystem

/// Which formats the beginning of a file fits.
struct FileContent {
    let formats: [DatasetFormat]

    /// A file that is broken from its start on is taken for what its name says, so that the reader tells what is
    /// the matter with it.
    ///
    /// - Throws: ``FileError``; ``AnnotationError`` when the file is in an encoding that no format uses.
    init(_ path: String) throws {
        let raw = try ByteSource(contentsOf: path)
        if TFRecordFile.isOne(raw.bytes, path: path) {
            formats = [.tfrecord]
            return
        }
        try ForeignContent.check(raw)
        // The readers look through the whole text.
        let source = try ByteSource.annotations(path, as: .json)
        let text = source.text.dropFirst(source.text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
        let name = path.lowercased()
        guard let first = text.first(where: { $0 > 0x20 }) else {
            formats = name.hasSuffix(".json") ? [.coco] : name.hasSuffix(".xml") ? [.voc] : []
            return
        }
        if name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
            formats = Self.hasKey(["names", "train", "val", "nc"], separator: ":", in: text) ? [.yolo] : []
        } else if name.hasSuffix(".data") {
            formats = Self.hasKey(["names", "train", "valid", "classes"], separator: "=", in: text) ? [.darknet] : []
        } else if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
            formats = try JSONContent(source).formats
        } else if first == UInt8(ascii: "<") {
            formats = try Self.formats(ofXML: text, path)
        } else if name.hasSuffix(".json") {
            formats = [.coco]
        } else {
            formats = try Self.formats(ofTable: text, TextHead(source))
        }
    }

    private static func hasKey(
        _ keys: [String], separator: Character, in text: Slice<UnsafeBufferPointer<UInt8>>
    ) -> Bool {
        text.prefix(1 << 16).split { $0 == 0x0A || $0 == 0x0D }.contains { line in
            let line = String(decoding: line, as: UTF8.self)
            guard let end = line.firstIndex(of: separator) else { return false }
            return keys.contains(line[..<end].filter { $0 != " " && $0 != "\t" && $0 != "\"" && $0 != "'" })
        }
    }

    /// The first element that is no declaration or comment.
    private static func formats(
        ofXML text: Slice<UnsafeBufferPointer<UInt8>>, _ path: String
    ) throws(AnnotationError) -> [DatasetFormat] {
        let head = String(decoding: text.prefix(1 << 16), as: UTF8.self)
        if head.contains("<annotations") { return [.cvat] }
        if head.contains("<annotation") { return [.voc] }
        throw AnnotationError(
            .notFound, file: path,
            problem:
                "this XML is of no format that is known here\(outermost(of: head).map { ": its outermost element is \($0)" } ?? "")",
            remedy: ForeignContent.export)
    }

    /// The name of the first element that is no declaration or comment.
    private static func outermost(of head: String) -> String? {
        var rest = head[...]
        while let start = rest.firstIndex(of: "<") {
            rest = rest[rest.index(after: start)...]
            if rest.hasPrefix("!--") {
                guard let end = rest.firstRange(of: "-->") else { return nil }
                rest = rest[end.upperBound...]
            } else if let first = rest.first, first != "?", first != "!" {
                return String(rest.prefix { $0 != ">" && $0 != "/" && !$0.isWhitespace }.prefix(40))
            }
        }
        return nil
    }

    private static func formats(
        ofTable text: Slice<UnsafeBufferPointer<UInt8>>, _ head: TextHead
    ) throws -> [DatasetFormat] {
        let path = head.path
        let line = String(decoding: text.prefix { $0 != 0x0A && $0 != 0x0D }.prefix(1 << 16), as: UTF8.self)
        let fields = line.split(omittingEmptySubsequences: false) { ",;\t".contains($0) }.map { field in
            String(field.filter { $0 != " " && $0 != "\"" }).lowercased()
        }
        if fields.contains("imageid"), fields.contains("labelname") { return [.openimages] }
        if CSVFormat.isUnderstood(path) || (fields.contains("xmin") && fields.contains("ymin")) { return [.csv] }
        let corners = fields.dropFirst().prefix(4)
        let areCorners = corners.allSatisfy { $0.isEmpty } || corners.allSatisfy { Double($0) != nil }
        if fields.count == 6, areCorners { return [.retinanet] }
        if let format = DatasetFormat.allCases.first(where: { $0.codec.begins(head) }) { return [format] }
        try TextContent.check(line, path)
        return []
    }
}
