import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem

/// The shape of a region in pixels.
enum LabelStudioShape {
    case box(Box)
    case turned(TurnedBox, hasSwappedCorners: Bool)
    case polygon([Double])
    case polyline([Double])
    case ellipse(Ellipse)
    case keypoint(x: Double, y: Double)
    /// A mask, of which the extent is kept where it can be told.
    case mask(extent: Box?)

    /// - Parameters:
    ///   - width: Of the image, in pixels; all of a region is in percent of it and of `height`.
    init(_ region: LabelStudioRegion, width: Double, height: Double) throws {
        let value = region.value
        func pixels(_ points: [Double]) -> [Double] {
            points.enumerated().map { ($1 * ($0.isMultiple(of: 2) ? width : height) / 100).derived }
        }
        func number(_ key: StaticString, of size: Double) throws -> Double? {
            try value.double(key).map { ($0 * size / 100).derived }
        }
        let points = try value.points("points")
        if !points.isEmpty {
            self = .polygon(pixels(points))
        } else if value.has("vertices") {
            let vertices = pixels(try Self.vertices(of: value))
            var closed = try value.reader("closed")
            self = try closed?.readFlag() ?? false ? .polygon(vertices) : .polyline(vertices)
        } else if value.has("rle") {
            var bytes: [UInt8] = []
            try value.forEach("rle") { bytes.append(UInt8(truncatingIfNeeded: try $0.readInteger())) }
            let (columns, rows) = (Int(exactly: width) ?? 0, Int(exactly: height) ?? 0)
            self = .mask(extent: BrushMask.extent(of: bytes, width: columns, height: rows))
        } else if let x = try number("x", of: width), let y = try number("y", of: height) {
            let degrees = try value.double("rotation") ?? 0
            if let rx = try number("radiusX", of: width), let ry = try number("radiusY", of: height) {
                self = .ellipse(Ellipse(cx: x, cy: y, rx: rx, ry: ry, degrees: degrees))
            } else if let w = try number("width", of: width), let h = try number("height", of: height) {
                let box = Box(x: x, y: y, width: w, height: h)
                self =
                    degrees == 0
                    ? .box(box)
                    : .turned(TurnedBox(box, degreesAroundOrigin: degrees), hasSwappedCorners: box.isReversed)
            } else {
                self = .keypoint(x: x, y: y)
            }
        } else {
            self = .mask(extent: nil)
        }
    }

    private static func vertices(of value: JSONMembers) throws -> [Double] {
        var points: [Double] = []
        try value.forEach("vertices") { json in
            let vertex = try value.inner(&json)
            points.append(try vertex.required("x", vertex.double("x")))
            points.append(try vertex.required("y", vertex.double("y")))
        }
        return points
    }

    /// Adds the object with what its extras have gathered.
    func add(to batch: RecordBatch, category: Int) {
        switch self {
        case .box(let box): batch.addObject(category: category, box: box)
        case .turned(let turned, let isSwapped):
            batch.addTurned(turned, category: category, hasSwappedCorners: isSwapped)
        case .polygon(let points): batch.addPolygon(points, category: category)
        case .ellipse(let ellipse): batch.addEllipse(ellipse, category: category)
        case .polyline(let points): addPoints(points, "polyline", to: batch, category)
        case .keypoint(let x, let y): addPoints([x, y], "points", to: batch, category)
        case .mask(let extent):
            batch.remarkOnNextObject(.contentLeftOut, "the mask of a brush")
            if extent != nil { batch.remarkOnNextObject(.boxFromShape, "mask") }
            batch.addObject(category: category, box: extent)
        }
    }

    /// As CVAT has lines and points.
    private func addPoints(_ points: [Double], _ shape: String, to batch: RecordBatch, _ category: Int) {
        var buffer = ByteBuffer(growingFrom: 64)
        for (place, value) in points.enumerated() {
            if place > 0 { buffer.append(place.isMultiple(of: 2) ? ";" : ",") }
            buffer.appendDouble(value)
        }
        batch.extras.add("shape", shape)
        batch.extras.add("points", String(decoding: buffer.bytes, as: UTF8.self))
        batch.remarkOnNextObject(.boxFromShape, shape)
        batch.addObject(category: category, box: Box(around: points))
    }
}
