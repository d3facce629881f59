import NeedletailDatasets
import NeedletailGeometry
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
        var group = GroupNumbers(dataset, ofImage: row)
        for annotation in dataset.annotations(ofImage: row) {
            let fields = dataset.fields(ofAnnotation: annotation)
            let polygons = fields.usablePolygons
            let parts = polygons.count > 1 && polygons == fields.polygons ? polygons : []
            guard let geometry = Geometry(fields, dataset.writableBox(annotation)) else { continue }
            let number = parts.isEmpty ? nil : group.number(fields)
            for part in parts.isEmpty ? [geometry] : parts.map(Geometry.polygon) {
                buffer.append(isFirst ? "\n" : ",\n")
                isFirst = false
                appendShape(annotation, fields, part, group: number, to: &buffer)
            }
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

    /// What a shape is drawn as.
    private enum Geometry {
        case polygon([Double])
        case rectangle(Box)
        /// As it was read.
        case given(kind: String, points: UnsafeBufferPointer<UInt8>)

        init?(_ fields: RecordFields, _ box: Box?) {
            let polygons = fields.polygons
            if let points = fields["points"], let kind = fields.text("shape_type") {
                self = .given(kind: kind, points: points.value)
            } else if let box {
                self =
                    polygons.count == 1 && polygons == fields.usablePolygons ? .polygon(polygons[0]) : .rectangle(box)
            } else {
                return nil
            }
        }
    }

    private func appendShape(
        _ row: Int, _ fields: RecordFields, _ geometry: Geometry, group: Int?, to buffer: inout ByteBuffer
    ) {
        buffer.append("{\"label\":")
        buffer.appendString(dataset.categories[Int(dataset.annotations.categories[row])].name)
        buffer.append(",\"points\":")
        let kind: String
        switch geometry {
        case .given(let name, let points):
            kind = name
            buffer.append(points)
        case .polygon(let points):
            kind = group == nil ? fields.text("shape_type") ?? "polygon" : "polygon"
            buffer.appendPoints(points)
        case .rectangle(let box):
            kind = "rectangle"
            let (x2, y2) = box.farCorner
            buffer.appendPoints([box.x, box.y, x2, y2])
        }
        buffer.append(",\"group_id\":")
        if let group, fields["group_id"] == nil {
            buffer.appendInteger(group)
        } else {
            buffer.append(fields["group_id"]?.value, otherwise: "null")
        }
        buffer.append(",\"description\":")
        buffer.append(fields["description"]?.value, otherwise: "null")
        if let score = fields.double("score") {
            buffer.append(",\"score\":")
            buffer.appendDouble(score)
        }
        if dataset.annotations[row].isDifficult { buffer.append(",\"difficult\":true") }
        buffer.append(",\"shape_type\":")
        buffer.appendString(kind)
        buffer.append(",\"flags\":")
        buffer.append(fields["flags"]?.value, otherwise: "{}")
        buffer.append("}")
    }
}

/// The numbers that join the parts of the objects of one image.
private struct GroupNumbers {
    private var last: Int

    init(_ dataset: Dataset, ofImage row: Int) {
        last =
            dataset.annotations(ofImage: row).lazy.compactMap {
                dataset.fields(ofAnnotation: $0).integer("group_id")
            }.max() ?? 0
        last = max(last, 0)
    }

    /// The object's own, or one that no other has.
    mutating func number(_ fields: RecordFields) -> Int {
        if let own = fields.integer("group_id") { return own }
        last = last == .max ? 1 : last + 1
        return last
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
