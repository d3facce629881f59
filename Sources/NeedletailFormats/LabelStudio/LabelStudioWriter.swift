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
        let shape = LabelStudioGeometry(fields, box)
        buffer.append("{\"id\":")
        buffer.appendString(fields.text("region") ?? "r\(row + 1)")
        buffer.append(
            text: ",\"type\":\"\(shape.kind)\",\"from_name\":\"label\",\"to_name\":\"image\",\"original_width\":")
        buffer.appendDouble(size.width)
        buffer.append(",\"original_height\":")
        buffer.appendDouble(size.height)
        buffer.append(",\"image_rotation\":0,\"value\":{")
        append(shape, size, to: &buffer)
        buffer.append(text: ",\"\(shape.kind)\":[")
        buffer.appendString(dataset.categories[Int(dataset.annotations.categories[row])].name)
        buffer.append("]}")
        if let score = fields.double("score") {
            buffer.append(",\"score\":")
            buffer.appendDouble(score)
        }
        buffer.append("}")
    }

    private func append(
        _ shape: LabelStudioGeometry, _ size: (width: Double, height: Double), to buffer: inout ByteBuffer
    ) {
        func append(x: Double, y: Double, to buffer: inout ByteBuffer) {
            self.append("\"x\":", x, of: size.width, to: &buffer)
            self.append(",\"y\":", y, of: size.height, to: &buffer)
        }
        func append(_ box: Box, x: Double, y: Double, degrees: Double, to buffer: inout ByteBuffer) {
            append(x: x, y: y, to: &buffer)
            self.append(",\"width\":", box.width, of: size.width, to: &buffer)
            self.append(",\"height\":", box.height, of: size.height, to: &buffer)
            buffer.append(",\"rotation\":")
            buffer.appendDouble(degrees)
        }
        switch shape {
        case .polygon(let points):
            buffer.append("\"points\":")
            buffer.appendPoints(
                points.enumerated().map { percent($1, of: $0.isMultiple(of: 2) ? size.width : size.height) })
            buffer.append(",\"closed\":true")
        case .ellipse(let ellipse):
            append(x: ellipse.cx, y: ellipse.cy, to: &buffer)
            self.append(",\"radiusX\":", ellipse.rx, of: size.width, to: &buffer)
            self.append(",\"radiusY\":", ellipse.ry, of: size.height, to: &buffer)
            buffer.append(",\"rotation\":")
            buffer.appendDouble(ellipse.degrees)
        case .keypoint(let x, let y):
            append(x: x, y: y, to: &buffer)
            buffer.append(",\"width\":0.5")
        case .turned(let turned):
            // Regions are turned around their first corner, which lies there then.
            append(turned.box, x: turned.corners[0], y: turned.corners[1], degrees: turned.degrees, to: &buffer)
        case .box(let box): append(box, x: box.x, y: box.y, degrees: 0, to: &buffer)
        }
    }

    private func percent(_ value: Double, of size: Double) -> Double {
        (value / size * 100).derivedPercentage(of: size)
    }

    private func append(_ key: StaticString, _ value: Double, of size: Double, to buffer: inout ByteBuffer) {
        buffer.append(key)
        buffer.appendDouble(percent(value, of: size))
    }
}

/// What an object is written as in a Label Studio file.
private enum LabelStudioGeometry {
    case box(Box)
    case turned(TurnedBox)
    case polygon([Double])
    case ellipse(Ellipse)
    case keypoint(x: Double, y: Double)

    init(_ fields: RecordFields, _ box: Box) {
        let polygons = fields.polygons
        if let ellipse = Ellipse(fields, extent: box) {
            self = .ellipse(ellipse)
        } else if fields.text("shape") == "points", box.width == 0, box.height == 0 {
            self = .keypoint(x: box.x, y: box.y)
        } else if let turned = TurnedBox(fields, extent: box) {
            self = .turned(turned)
        } else if polygons.count == 1, polygons == fields.usablePolygons {
            self = .polygon(polygons[0])
        } else {
            self = .box(box)
        }
    }

    /// What a region of that shape is called, and its list of labels.
    var kind: String {
        switch self {
        case .box, .turned: "rectanglelabels"
        case .polygon: "polygonlabels"
        case .ellipse: "ellipselabels"
        case .keypoint: "keypointlabels"
        }
    }
}
