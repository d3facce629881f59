import NeedletailDatasets
import NeedletailGeometry
import NeedletailText

/// One CVAT shape: its geometry, and its attributes that neither the label nor the geometry tells.
struct CVATShape {
    /// `box`, `polygon`, `skeleton` ...
    let name: String
    let label: String
    var geometry: Geometry
    var others: [(name: String, value: String)]
    /// The attributes that a person defined for the label.
    let attributes: [XMLElement]
    /// Whether points of a skeleton have attributes of their own.
    var hasAttributesOfPoints = false

    enum Geometry {
        case box(Box)
        case turned(TurnedBox, hasSwappedCorners: Bool)
        case polygon([Double])
        case ellipse(Ellipse)
        case skeleton(Keypoints, names: [String])
        /// What is kept as its attributes, with its extent.
        case other(extent: Box?)
    }

    static let names: Set<String> = [
        "box", "polygon", "polyline", "points", "ellipse", "mask", "cuboid", "skeleton",
    ]

    /// The attributes of shapes that are kept as they stand, by shape.
    static let kept: [String: [StaticString]] = [
        "polyline": ["points"], "points": ["points"], "mask": ["rle", "left", "top", "width", "height"],
        "cuboid": [
            "xtl1", "ytl1", "xbl1", "ybl1", "xtr1", "ytr1", "xbr1", "ybr1", "xtl2", "ytl2", "xbl2", "ybl2", "xtr2",
            "ytr2", "xbr2", "ybr2",
        ],
    ]

    /// - Parameter track: The label of the track that the shape is of, which then has none of its own.
    init(_ element: XMLElement, _ reader: XMLDocumentReader, track: String? = nil) throws {
        let source = Source(element: element, reader: reader)
        name = element.name
        label = try track ?? source.text("label")
        attributes = element.children.filter { $0.name == "attribute" }
        var used: Set<String> = track == nil ? ["label"] : ["label", "frame", "keyframe", "outside"]
        switch name {
        case "box":
            let box = Box(
                left: try source.number("xtl"), top: try source.number("ytl"), right: try source.number("xbr"),
                bottom: try source.number("ybr"))
            used.formUnion(["xtl", "ytl", "xbr", "ybr", "rotation"])
            let angle = try source.rotation
            geometry =
                angle == 0
                ? .box(box) : .turned(TurnedBox(box, degrees: angle), hasSwappedCorners: box.isReversed)
        case "ellipse":
            geometry = .ellipse(
                Ellipse(
                    cx: try source.number("cx"), cy: try source.number("cy"), rx: try source.number("rx"),
                    ry: try source.number("ry"), degrees: try source.rotation))
            used.formUnion(["cx", "cy", "rx", "ry", "rotation"])
        case "mask":
            geometry = .other(
                extent: Box(
                    x: try source.number("left"), y: try source.number("top"), width: try source.number("width"),
                    height: try source.number("height")))
        case "cuboid":
            geometry = .other(extent: Box(around: try Self.corners(of: source)))
        case "skeleton":
            let parts = element.children.filter { $0.name == "points" }
            hasAttributesOfPoints = parts.contains { !$0.children.isEmpty }
            geometry = try Self.skeleton(parts, reader)
        default:
            let points = try source.points()
            guard name == "polygon", points.count >= 6 else {
                geometry = .other(extent: Box(around: points))
                break
            }
            geometry = .polygon(points)
            used.insert("points")
        }
        others = element.attributes.filter { !used.contains($0.name) }
    }

    private static func corners(of source: Source) throws -> [Double] {
        var points: [Double] = []
        for key in kept["cuboid"] ?? [] { points.append(try source.number("\(key)")) }
        return points
    }

    private static func skeleton(_ parts: [XMLElement], _ reader: XMLDocumentReader) throws -> Geometry {
        var points = Keypoints()
        var names: [String] = []
        for part in parts {
            let source = Source(element: part, reader: reader)
            let coordinates = try source.points()
            guard coordinates.count >= 2 else { continue }
            let visibility = source["outside"] == "1" ? 0.0 : source["occluded"] == "1" ? 1 : 2
            points.append(x: coordinates[0], y: coordinates[1], visibility: visibility)
            names.append(source["label"] ?? "\(names.count + 1)")
        }
        return .skeleton(points, names: names)
    }
}

/// The attributes of an element as what they should be.
private struct Source {
    let element: XMLElement
    let reader: XMLDocumentReader

    subscript(key: String) -> String? { element.attributes.first { $0.name == key }?.value }

    func text(_ key: String) throws -> String {
        if let value = self[key] { return value }
        throw XMLDocumentReader.Problem(problem: "the \(element.name) has no \(key)", remedy: "Add the attribute")
    }

    func number(_ key: String) throws -> Double { try reader.number(try text(key), named: key) }

    /// In degrees.
    var rotation: Double {
        get throws { try self["rotation"] == nil ? 0 : number("rotation") }
    }

    /// `x,y;x,y ...` as `x, y, x, y ...`.
    func points() throws -> [Double] {
        var points: [Double] = []
        for pair in try text("points").split(separator: ";") {
            let parts = pair.split(separator: ",")
            guard parts.count == 2 else {
                throw XMLDocumentReader.Problem(
                    problem: "a point is \"\(pair.prefix(40))\"", remedy: "Write points as x,y;x,y")
            }
            for part in parts { points.append(try reader.number(String(part).trimmingSpaces(), named: "points")) }
        }
        return points
    }
}
