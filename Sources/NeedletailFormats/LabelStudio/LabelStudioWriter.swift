import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem

/// Writes a Label Studio file.
struct LabelStudioWriter {
    private let dataset: Dataset

    init(_ dataset: Dataset) {
        self.dataset = dataset
    }

    func write(to path: String) throws {
        var file = try AtomicFile(path: path)
        try file.write { (buffer: inout ByteBuffer) in
            buffer.append("[")
            for row in 0..<dataset.images.count {
                buffer.append(row == 0 ? "\n" : ",\n")
                try appendTask(row, to: &buffer)
            }
            buffer.append("\n]\n")
        }
        try file.commit()
    }

    private func appendTask(_ row: Int, to buffer: inout ByteBuffer) throws {
        let image = dataset.images[row]
        buffer.append("{\"id\":")
        buffer.appendInteger(image.id.integer ?? row + 1)
        buffer.append(",\"data\":")
        if let data = dataset.fields(ofImage: row)["data"]?.value {
            buffer.append(data)
        } else {
            buffer.append("{\"image\":")
            buffer.appendString(image.fileName)
            buffer.append("}")
        }
        buffer.append(",\"annotations\":[{\"result\":[")
        var isFirst = true
        for annotation in dataset.annotations(ofImage: row) {
            guard let box = dataset.writableBox(annotation) else { continue }
            let size = try dataset.knownSize(ofImage: row)
            buffer.append(isFirst ? "\n  " : ",\n  ")
            isFirst = false
            appendRegion(annotation, box, size, to: &buffer)
        }
        buffer.append("]}]}")
    }

    private func appendRegion(
        _ row: Int, _ box: Box, _ size: (width: Double, height: Double), to buffer: inout ByteBuffer
    ) {
        let fields = dataset.fields(ofAnnotation: row)
        let polygons = fields.polygons
        let isPolygon = polygons.count == 1 && polygons[0].count >= 6
        let isEllipse = fields.text("shape") == "ellipse"
        let kind = isPolygon ? "polygonlabels" : isEllipse ? "ellipselabels" : "rectanglelabels"
        buffer.append("{\"id\":")
        buffer.appendString(fields.text("region") ?? "r\(row + 1)")
        buffer.append(text: ",\"type\":\"\(kind)\",\"from_name\":\"label\",\"to_name\":\"image\",\"original_width\":")
        buffer.appendDouble(size.width)
        buffer.append(",\"original_height\":")
        buffer.appendDouble(size.height)
        buffer.append(",\"image_rotation\":0,\"value\":{")
        if isPolygon {
            buffer.append("\"points\":")
            buffer.appendPoints(
                polygons[0].enumerated().map { percent($1, of: $0.isMultiple(of: 2) ? size.width : size.height) })
            buffer.append(",\"closed\":true")
        } else if isEllipse {
            append("\"x\":", box.x + box.width / 2, of: size.width, to: &buffer)
            append(",\"y\":", box.y + box.height / 2, of: size.height, to: &buffer)
            append(",\"radiusX\":", box.width / 2, of: size.width, to: &buffer)
            append(",\"radiusY\":", box.height / 2, of: size.height, to: &buffer)
        } else {
            let box = fields.box("unrotated") ?? box
            append("\"x\":", box.x, of: size.width, to: &buffer)
            append(",\"y\":", box.y, of: size.height, to: &buffer)
            append(",\"width\":", box.width, of: size.width, to: &buffer)
            append(",\"height\":", box.height, of: size.height, to: &buffer)
            buffer.append(",\"rotation\":")
            buffer.appendDouble(fields["unrotated"] == nil ? 0 : fields.double("rotation") ?? 0)
        }
        buffer.append(text: ",\"\(kind)\":[")
        buffer.appendString(dataset.categories[Int(dataset.annotations.categories[row])].name)
        buffer.append("]}")
        if let score = fields.double("score") {
            buffer.append(",\"score\":")
            buffer.appendDouble(score)
        }
        buffer.append("}")
    }

    private func percent(_ value: Double, of size: Double) -> Double {
        (value / size * 100).derivedPercentage(of: size)
    }

    private func append(_ key: StaticString, _ value: Double, of size: Double, to buffer: inout ByteBuffer) {
        buffer.append(key)
        buffer.appendDouble(percent(value, of: size))
    }
}
