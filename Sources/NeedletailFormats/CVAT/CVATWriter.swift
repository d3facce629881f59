import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem

/// Writes a CVAT file.
struct CVATWriter {
    private let dataset: Dataset

    /// Attributes of shapes that a dataset keeps as fields.
    static let fields: [StaticString] = [
        "occluded", "source", "z_order", "group_id", "rotation", "cx", "cy", "rx", "ry", "points", "rle", "left", "top",
        "width", "height",
    ]

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
        buffer.append("  </image>\n")
    }

    private func appendShape(_ row: Int, _ box: Box, _ fields: RecordFields, to buffer: inout ByteBuffer) {
        let polygons = fields.polygons
        let isPolygon = polygons.count == 1 && polygons[0].count >= 6
        let given = fields.text("shape").flatMap { ["polyline", "points", "ellipse", "mask"].contains($0) ? $0 : nil }
        let name = given ?? (isPolygon ? "polygon" : "box")
        buffer.append(text: "    <\(name)")
        buffer.appendAttribute("label", dataset.categories[Int(dataset.annotations.categories[row])].name)
        if fields["source"] == nil { buffer.appendAttribute("source", "manual") }
        if fields["occluded"] == nil { buffer.appendAttribute("occluded", "0") }
        for field in Self.fields {
            // Only a shape that is written as it was has use for these.
            let isGeometry = !["occluded", "source", "z_order", "group_id"].contains("\(field)")
            if isGeometry, given == nil, !(name == "box" && "\(field)" == "rotation") { continue }
            guard let text = fields.textOrJSON(field) else { continue }
            buffer.appendAttribute(field, text)
        }
        if isPolygon, given == nil {
            appendPoints(polygons[0], to: &buffer)
        } else if given == nil {
            let box = fields.box("unrotated") ?? box
            let (x2, y2) = box.farCorner
            buffer.appendAttribute("xtl", box.x)
            buffer.appendAttribute("ytl", box.y)
            buffer.appendAttribute("xbr", x2)
            buffer.appendAttribute("ybr", y2)
        }
        if fields["z_order"] == nil { buffer.appendAttribute("z_order", "0") }
        buffer.append(">\n")
        appendAttributes(fields, to: &buffer)
        buffer.append(text: "    </\(name)>\n")
    }

    private func appendPoints(_ points: [Double], to buffer: inout ByteBuffer) {
        buffer.append(" points=\"")
        for index in stride(from: 0, to: points.count - 1, by: 2) {
            if index > 0 { buffer.append(";") }
            buffer.appendDouble(points[index])
            buffer.append(",")
            buffer.appendDouble(points[index + 1])
        }
        buffer.append("\"")
    }

    private func appendAttributes(_ fields: RecordFields, to buffer: inout ByteBuffer) {
        guard var json = fields["attributes"]?.reader, (try? json.peek()) == .object else { return }
        do {
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
        } catch {
            // What is valid JSON cannot fail here.
        }
    }
}
