import NeedletailGeometry
import NeedletailText

/// The geometry of one CVAT shape.
struct CVATShape {
    let name: String
    let label: String
    /// The extent in the image.
    let box: Box?
    /// A turned box as it was before.
    let unrotated: Box?
    /// `x, y, x, y ...`.
    let points: [Double]
    /// Attributes that are neither the label nor told by the box.
    let others: [(name: String, value: String)]

    init(_ name: String, _ attributes: [(name: String, value: String)], _ reader: XMLDocumentReader) throws {
        func text(_ key: String) throws -> String {
            guard let value = attributes.first(where: { $0.name == key })?.value else {
                throw XMLDocumentReader.Problem(problem: "the \(name) has no \(key)", remedy: "Add the attribute")
            }
            return value
        }
        func number(_ key: String) throws -> Double { try reader.number(try text(key), named: key) }
        self.name = name
        label = try text("label")
        var used: Set<String> = ["label"]
        var points: [Double] = []
        var unrotated: Box?
        switch name {
        case "box":
            let box = Box(
                left: try number("xtl"), top: try number("ytl"), right: try number("xbr"), bottom: try number("ybr"))
            used.formUnion(["xtl", "ytl", "xbr", "ybr"])
            let angle = try attributes.contains { $0.name == "rotation" } ? number("rotation") : 0
            if angle == 0 { used.insert("rotation") } else { unrotated = box }
            self.box =
                angle == 0 ? box : box.extent(turnedBy: angle, around: (box.x + box.width / 2, box.y + box.height / 2))
        case "ellipse":
            let (cx, cy, rx, ry) = (try number("cx"), try number("cy"), try number("rx"), try number("ry"))
            box = Box(
                x: (cx - rx).derived, y: (cy - ry).derived, width: (2 * rx).derived, height: (2 * ry).derived)
        case "mask":
            box = Box(
                x: try number("left"), y: try number("top"), width: try number("width"), height: try number("height"))
        case "cuboid":
            for key in ["xtl1", "ytl1", "xbr1", "ybr1", "xtr1", "ytr1", "xbl1", "ybl1"] {
                points.append(try number(key))
            }
            for key in ["xtl2", "ytl2", "xbr2", "ybr2", "xtr2", "ytr2", "xbl2", "ybl2"] {
                points.append(try number(key))
            }
            box = Box(around: points)
        default:
            for pair in try text("points").split(separator: ";") {
                for part in pair.split(separator: ",") {
                    points.append(try reader.number(String(part).trimmingSpaces(), named: "points"))
                }
            }
            box = Box(around: points)
            if name == "polygon", points.count >= 6 { used.insert("points") }
        }
        self.points = points
        self.unrotated = unrotated
        others = attributes.filter { !used.contains($0.name) }
    }
}

extension Box {
    /// The extent of the box when it is turned clockwise, as the picture is seen.
    func extent(turnedBy degrees: Double, around center: (x: Double, y: Double)) -> Box {
        let (sine, cosine) = sineAndCosine(ofDegrees: degrees)
        let corners = [(x, y), (x2, y), (x2, y2), (x, y2)].flatMap { corner -> [Double] in
            let (dx, dy) = (corner.0 - center.x, corner.1 - center.y)
            return [
                (center.x + dx * cosine - dy * sine).derived, (center.y + dx * sine + dy * cosine).derived,
            ]
        }
        return Box(around: corners) ?? self
    }
}
