import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// What an object is written as in a CVAT file.
enum CVATGeometry {
    case box(Box)
    case turned(TurnedBox)
    case polygon([Double])
    case ellipse(Ellipse)
    case skeleton(keypoints: [Double], names: [String])
    /// A shape that was read from such a file, with its attributes as they stood.
    case given(String, [(key: StaticString, value: String)])

    init(_ fields: RecordFields, _ box: Box) {
        let shape = fields.text("shape") ?? ""
        let polygons = fields.polygons
        if shape == "skeleton", let points = fields.doubles("keypoints"), let names = fields.texts("keypoint_names"),
            !names.isEmpty, points.count == names.count * 3
        {
            self = .skeleton(keypoints: points, names: names)
        } else if let ellipse = Ellipse(fields, extent: box) {
            self = .ellipse(ellipse)
        } else if let keys = CVATShape.kept[shape], let values = Self.values(keys, of: fields) {
            self = .given(shape, values)
        } else if let turned = TurnedBox(fields, extent: box) {
            self = .turned(turned)
        } else if polygons.count == 1, polygons == fields.usablePolygons {
            self = .polygon(polygons[0])
        } else {
            self = .box(box)
        }
    }

    private static func values(
        _ keys: [StaticString], of fields: RecordFields
    ) -> [(key: StaticString, value: String)]? {
        let values = keys.compactMap { key in fields.textOrJSON(key).map { (key, $0) } }
        return values.count == keys.count ? values : nil
    }

    var name: String {
        switch self {
        case .box, .turned: "box"
        case .polygon: "polygon"
        case .ellipse: "ellipse"
        case .skeleton: "skeleton"
        case .given(let name, _): name
        }
    }

    func appendAttributes(to buffer: inout ByteBuffer) {
        switch self {
        case .box(let box): Self.append(box, to: &buffer)
        case .turned(let turned):
            buffer.appendAttribute("rotation", turned.degrees)
            Self.append(turned.box, to: &buffer)
        case .polygon(let points): Self.append(points, to: &buffer)
        case .ellipse(let ellipse):
            buffer.appendAttribute("cx", ellipse.cx)
            buffer.appendAttribute("cy", ellipse.cy)
            buffer.appendAttribute("rx", ellipse.rx)
            buffer.appendAttribute("ry", ellipse.ry)
            if ellipse.degrees != 0 { buffer.appendAttribute("rotation", ellipse.degrees) }
        case .skeleton: break
        case .given(_, let values):
            for (key, value) in values { buffer.appendAttribute(key, value) }
        }
    }

    /// The points of a skeleton.
    func appendElements(to buffer: inout ByteBuffer) {
        guard case .skeleton(let points, let names) = self else { return }
        for (place, name) in names.enumerated() {
            let visibility = points[3 * place + 2]
            buffer.append("      <points")
            buffer.appendAttribute("label", name)
            buffer.appendAttribute("outside", visibility == 0 ? "1" : "0")
            buffer.appendAttribute("occluded", visibility == 1 ? "1" : "0")
            Self.append(Array(points[3 * place..<3 * place + 2]), to: &buffer)
            buffer.append("></points>\n")
        }
    }

    private static func append(_ box: Box, to buffer: inout ByteBuffer) {
        let (x2, y2) = box.farCorner
        buffer.appendAttribute("xtl", box.x)
        buffer.appendAttribute("ytl", box.y)
        buffer.appendAttribute("xbr", x2)
        buffer.appendAttribute("ybr", y2)
    }

    private static func append(_ points: [Double], to buffer: inout ByteBuffer) {
        buffer.append(" points=\"")
        for index in stride(from: 0, to: points.count - 1, by: 2) {
            if index > 0 { buffer.append(";") }
            buffer.appendDouble(points[index])
            buffer.append(",")
            buffer.appendDouble(points[index + 1])
        }
        buffer.append("\"")
    }
}
