import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// Writes a CVAT file.
struct CVATWriter {
    private let dataset: Dataset

    /// Attributes of shapes beside their geometry that a dataset keeps as fields.
    static let fields: [StaticString] = ["occluded", "source", "z_order", "group_id"]

    init(_ dataset: Dataset) {
        self.dataset = dataset
    }

    func write(to path: String) throws {
        var file = try AtomicFile(path: path)
        file.write { (buffer: inout ByteBuffer) in
            buffer.append("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<annotations>\n  <version>1.1</version>\n")
            appendLabels(to: &buffer)
            for row in 0..<dataset.images.count { appendImage(row, to: &buffer) }
            buffer.append("</annotations>\n")
        }
        try file.commit()
    }

    private func appendLabels(to buffer: inout ByteBuffer) {
        buffer.append("  <meta>\n    <task>\n")
        buffer.appendElement("size", indent: "      ", Double(dataset.images.count))
        buffer.append("      <mode>annotation</mode>\n      <labels>\n")
        for category in dataset.categories {
            buffer.append("        <label>\n")
            buffer.appendElement("name", indent: "          ", category.name)
            buffer.append("          <attributes>\n          </attributes>\n        </label>\n")
        }
        buffer.append("      </labels>\n    </task>\n  </meta>\n")
    }

    private func appendImage(_ row: Int, to buffer: inout ByteBuffer) {
        let image = dataset.images[row]
        buffer.append("  <image")
        buffer.appendAttribute("id", image.id.integer.map { "\($0)" } ?? "\(row)")
        buffer.appendAttribute("name", image.fileName)
        if let split = dataset.fields(ofImage: row).text("split") { buffer.appendAttribute("subset", split) }
        if image.width > 0 { buffer.appendAttribute("width", Double(image.width)) }
        if image.height > 0 { buffer.appendAttribute("height", Double(image.height)) }
        buffer.append(">\n")
        for annotation in dataset.annotations(ofImage: row) {
            let fields = dataset.fields(ofAnnotation: annotation)
            guard let box = dataset.writableBox(annotation) else { continue }
            appendShape(annotation, box, fields, to: &buffer)
        }
        if var json = dataset.fields(ofImage: row)["tags"]?.reader {
            // What is valid JSON cannot fail here.
            try? appendTags(&json, to: &buffer)
        }
        buffer.append("  </image>\n")
    }

    /// Tags as the reader keeps them: objects, or their labels alone.
    private func appendTags(_ json: inout JSONReader, to buffer: inout ByteBuffer) throws {
        guard try json.peek() == .array else { return }
        try json.beginArray()
        while try json.nextElement() {
            buffer.append("    <tag")
            var attributes: JSONReader?
            if try json.peek() == .object {
                try json.beginObject()
                while let key = try json.nextKey() {
                    if key.equals("attributes"), try json.peek() == .object {
                        attributes = json
                        try json.skipValue()
                    } else if !Self.isName(key.string) {
                        try json.skipValue()
                    } else {
                        buffer.append(text: " \(key.string)=\"")
                        buffer.appendXML(try json.scalarText())
                        buffer.append("\"")
                    }
                }
            } else {
                buffer.appendAttribute("label", try json.scalarText())
            }
            buffer.append(">")
            if var attributes {
                buffer.append("\n")
                try appendAttributes(&attributes, to: &buffer)
                buffer.append("    ")
            }
            buffer.append("</tag>\n")
        }
    }

    /// Whether a key can stand as an attribute of its own.
    private static func isName(_ key: String) -> Bool {
        !key.isEmpty && key.utf8.allSatisfy { $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A || $0 == 0x5F }
    }

    private func appendShape(_ row: Int, _ box: Box, _ fields: RecordFields, to buffer: inout ByteBuffer) {
        let geometry = CVATGeometry(fields, box)
        buffer.append(text: "    <\(geometry.name)")
        buffer.appendAttribute("label", dataset.categories[Int(dataset.annotations.categories[row])].name)
        if fields["source"] == nil { buffer.appendAttribute("source", "manual") }
        if fields["occluded"] == nil { buffer.appendAttribute("occluded", "0") }
        for field in Self.fields {
            if let text = fields.textOrJSON(field) { buffer.appendAttribute(field, text) }
        }
        geometry.appendAttributes(to: &buffer)
        if fields["z_order"] == nil { buffer.appendAttribute("z_order", "0") }
        buffer.append(">\n")
        geometry.appendElements(to: &buffer)
        if var json = fields["attributes"]?.reader {
            // What is valid JSON cannot fail here.
            try? appendAttributes(&json, to: &buffer)
        }
        buffer.append(text: "    </\(geometry.name)>\n")
    }

    private func appendAttributes(_ json: inout JSONReader, to buffer: inout ByteBuffer) throws {
        guard try json.peek() == .object else { return }
        try json.beginObject()
        while let key = try json.nextKey() {
            let name = key.string
            let value = try json.scalarText()
            buffer.append("      <attribute")
            buffer.appendAttribute("name", name)
            buffer.append(">")
            buffer.appendXML(value)
            buffer.append("</attribute>\n")
        }
    }
}
