import NeedletailDatasets
import NeedletailGeometry
import NeedletailText

/// One shape of a LabelMe file.
struct LabelMeShape {
    let members: JSONMembers
    let label: String
    /// `x, y, x, y ...`.
    let points: [Double]
    /// `polygon`, `rectangle`, `circle` ...
    let kind: String
    let isDifficult: Bool
    /// The number that joins the parts of one object, as it is written; nil when it has none.
    let group: String?
    var hasTextNumber = false

    init(_ members: JSONMembers) throws {
        self.members = members
        label = try members.required("label", members.string("label"))
        points = try members.points("points")
        kind = try members.string("shape_type") ?? (points.count == 4 ? "rectangle" : "polygon")
        var flag = try members.reader("difficult")
        isDifficult = try flag?.readLenientFlag() ?? false
        group = try members.reader("group_id") == nil ? nil : String(decoding: members.text("group_id"), as: UTF8.self)
    }

    /// The outline, for shapes that have one which is kept as a polygon.
    var polygon: [Double]? {
        switch kind {
        case "polygon", "rotation", "quadrilateral": points.count >= 6 ? points : nil
        default: nil
        }
    }

    /// The corners of a rectangle, which other tools write as four.
    var rectangle: Box? {
        guard kind == "rectangle", points.count == 4 || points.count == 8, let box = Box(around: points) else {
            return nil
        }
        let isUpright = stride(from: 0, to: points.count, by: 2).allSatisfy {
            (points[$0] == box.x || points[$0] == box.x2) && (points[$0 + 1] == box.y || points[$0 + 1] == box.y2)
        }
        return points.count == 4 || isUpright ? box : nil
    }

    /// What the shape adds to an object of several parts.
    var part: [Double]? {
        if let polygon { return polygon }
        return rectangle.map { [$0.x, $0.y, $0.x2, $0.y, $0.x2, $0.y2, $0.x, $0.y2].map(\.derived) }
    }

    /// A circle is its centre and a point on its rim.
    var extent: Box? {
        guard kind == "circle", points.count == 4 else { return Box(around: points) }
        let dx = points[2] - points[0]
        let dy = points[3] - points[1]
        let radius = (dx * dx + dy * dy).squareRoot()
        return Ellipse(cx: points[0], cy: points[1], rx: radius, ry: radius, degrees: 0).extent
    }

    /// Whether another part of the object has every field that this one has, with the same value.
    func saysTheSame(as other: LabelMeShape) -> Bool {
        let told: [StaticString] = ["label", "points", "shape_type", "difficult"]
        return members.members.allSatisfy { key, range in
            let value = members.text(range)
            if told.contains(where: { key.equals($0) }) || value.elementsEqual("null".utf8)
                || value.elementsEqual("{}".utf8) || value.elementsEqual("\"\"".utf8)
            {
                return true
            }
            return other.members.members.contains { otherKey, otherRange in
                otherKey.string == key.string && other.members.text(otherRange).elementsEqual(value)
            }
        }
    }
}
