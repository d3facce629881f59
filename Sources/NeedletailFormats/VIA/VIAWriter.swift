import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// Writes the entry of one image in a VIA file.
struct VIAWriter {
    private let dataset: Dataset

    init(_ dataset: Dataset) {
        self.dataset = dataset
    }

    func appendFile(_ row: Int, to buffer: inout ByteBuffer) {
        let name = dataset.images.fileNames[row]
        let fields = dataset.fields(ofImage: row)
        let size = fields.integer("size") ?? -1
        buffer.appendString("\(name)\(size)")
        buffer.append(":{\"filename\":")
        buffer.appendString(name)
        buffer.append(",\"size\":")
        buffer.appendInteger(size)
        buffer.append(",\"regions\":[")
        var isFirst = true
        for annotation in dataset.annotations(ofImage: row) {
            guard let box = dataset.writableBox(annotation) else { continue }
            buffer.append(isFirst ? "\n  {\"shape_attributes\":" : ",\n  {\"shape_attributes\":")
            isFirst = false
            appendRegion(annotation, box, to: &buffer)
        }
        buffer.append("],\"file_attributes\":")
        buffer.append(fields["file_attributes"]?.value, otherwise: "{}")
        buffer.append("}")
    }

    private func appendRegion(_ row: Int, _ box: Box, to buffer: inout ByteBuffer) {
        let fields = dataset.fields(ofAnnotation: row)
        let polygons = fields.polygons
        if let shape = fields["shape_attributes"]?.value {
            buffer.append(shape)
        } else if polygons.count == 1, polygons == fields.usablePolygons {
            buffer.append("{\"name\":\"polygon\",\"all_points_x\":[")
            append(polygons[0], from: 0, to: &buffer)
            buffer.append("],\"all_points_y\":[")
            append(polygons[0], from: 1, to: &buffer)
            buffer.append("]}")
        } else {
            buffer.append("{\"name\":\"rect\",\"x\":")
            buffer.appendDouble(box.x)
            buffer.append(",\"y\":")
            buffer.appendDouble(box.y)
            buffer.append(",\"width\":")
            buffer.appendDouble(box.width)
            buffer.append(",\"height\":")
            buffer.appendDouble(box.height)
            buffer.append("}")
        }
        buffer.append(",\"region_attributes\":")
        let name = dataset.categories[Int(dataset.annotations.categories[row])].name
        if let attributes = fields["region_attributes"], Self.names(name, attributes.reader) {
            buffer.append(attributes.value)
        } else {
            buffer.append("{\"class\":")
            buffer.appendString(name)
            if let score = fields.double("score") {
                buffer.append(",\"score\":")
                buffer.appendDouble(score)
            }
            buffer.append("}")
        }
        buffer.append("}")
    }

    /// Whether attributes, as they were read, say that a region is of a class, which may have another name by now.
    private static func names(_ category: String, _ json: JSONReader) -> Bool {
        var json = json
        do {
            try json.beginObject()
            while try json.nextKey() != nil {
                guard try json.peek() == .object else {
                    if try json.scalarText() == category { return true }
                    continue
                }
                try json.beginObject()
                while let key = try json.nextKey() {
                    if key.string == category { return true }
                    try json.skipValue()
                }
            }
        } catch {}
        return false
    }

    private func append(_ points: [Double], from first: Int, to buffer: inout ByteBuffer) {
        for index in stride(from: first, to: points.count, by: 2) {
            if index > 1 { buffer.append(",") }
            buffer.appendDouble(points[index])
        }
    }
}
