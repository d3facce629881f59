import NeedletailDatasets
import NeedletailSystem

/// Writes the LabelMe file of one image.
struct LabelMeWriter {
    private let dataset: Dataset

    init(_ dataset: Dataset) {
        self.dataset = dataset
    }

    func appendDocument(_ row: Int, named name: String, to buffer: inout ByteBuffer) {
        let image = dataset.images[row]
        let fields = dataset.fields(ofImage: row)
        buffer.append("{\"version\":")
        buffer.appendString(fields.text("version") ?? "5.5.0")
        buffer.append(",\"flags\":")
        buffer.append(fields["flags"]?.value, otherwise: "{}")
        buffer.append(",\"shapes\":[")
        var isFirst = true
        for annotation in dataset.annotations(ofImage: row) {
            let shape = dataset.fields(ofAnnotation: annotation)
            guard dataset.writableBox(annotation) != nil || shape["points"] != nil else { continue }
            buffer.append(isFirst ? "\n" : ",\n")
            isFirst = false
            appendShape(annotation, shape, to: &buffer)
        }
        buffer.append("],\n\"imagePath\":")
        buffer.appendString(FilePath.fileName(of: name))
        buffer.append(",\"imageData\":null")
        if image.hasSize {
            buffer.append(",\"imageHeight\":")
            buffer.appendInteger(image.height)
            buffer.append(",\"imageWidth\":")
            buffer.appendInteger(image.width)
        }
        buffer.append("}\n")
    }

    private func appendShape(_ row: Int, _ fields: RecordFields, to buffer: inout ByteBuffer) {
        buffer.append("{\"label\":")
        buffer.appendString(dataset.categories[Int(dataset.annotations.categories[row])].name)
        buffer.append(",\"points\":")
        let polygons = fields.polygons
        let kind: String
        if let points = fields["points"], let given = fields.text("shape_type") {
            kind = given
            buffer.append(points.value)
        } else if polygons.count == 1, polygons[0].count >= 6 {
            kind = "polygon"
            buffer.appendPoints(polygons[0])
        } else {
            kind = "rectangle"
            let box = dataset.annotations.boxes[row]
            let (x2, y2) = box.farCorner
            buffer.appendPoints([box.x, box.y, x2, y2])
        }
        buffer.append(",\"group_id\":")
        buffer.append(fields["group_id"]?.value, otherwise: "null")
        buffer.append(",\"description\":")
        buffer.append(fields["description"]?.value, otherwise: "null")
        if let score = fields.double("score") {
            buffer.append(",\"score\":")
            buffer.appendDouble(score)
        }
        buffer.append(",\"shape_type\":")
        buffer.appendString(kind)
        buffer.append(",\"flags\":")
        buffer.append(fields["flags"]?.value, otherwise: "{}")
        buffer.append("}")
    }
}

extension ByteBuffer {
    /// `[[x,y],[x,y] ...]`.
    mutating func appendPoints(_ points: [Double]) {
        append("[")
        for index in stride(from: 0, to: points.count - 1, by: 2) {
            append(index == 0 ? "[" : ",[")
            appendDouble(points[index])
            append(",")
            appendDouble(points[index + 1])
            append("]")
        }
        append("]")
    }

    mutating func append(_ text: UnsafeBufferPointer<UInt8>?, otherwise literal: StaticString) {
        if let text { append(text) } else { append(literal) }
    }
}
