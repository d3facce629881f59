import NeedletailDatasets
import NeedletailGeometry
import NeedletailText

/// Reads the regions of one file of a VIA annotation.
struct VIAReader {
    let batch: RecordBatch
    let classes: VIAClass

    func readFile(_ file: JSONMembers) throws {
        let name = try file.required("filename", file.string("filename"))
        // A size of -1 says that it is not known.
        if let size = try file.integer("size"), size >= 0 { batch.extras.add("size", .integer(size)) }
        file.addOthers(than: ["filename", "size", "regions", "fileref", "base64_img_data"], to: batch.extras)
        batch.addImage(name: name, width: 0, height: 0)
        try Self.forEachRegion(of: file, readRegion)
    }

    static func forEachRegion(of file: JSONMembers, _ body: (JSONMembers) throws -> Void) throws {
        guard var json = try file.reader("regions") else { return }
        // The first version had an object of numbered regions.
        if try json.peek() == .object {
            for member in try file.inner(&json).members {
                var json = file.reader(at: member.value)
                try body(file.inner(&json))
            }
        } else {
            try file.forEach("regions") { try body(file.inner(&$0)) }
        }
    }

    private func readRegion(_ region: JSONMembers) throws {
        let shape = try region.required("shape_attributes", region.object("shape_attributes"))
        try readRegion(shape: shape, attributes: region.object("region_attributes"))
    }

    /// - Parameter image: The row of its image, the last one unless given.
    func readRegion(shape: JSONMembers, attributes: JSONMembers?, image: Int? = nil) throws {
        func number(_ key: StaticString) throws -> Double { try shape.required(key, shape.double(key)) }
        let kind = try shape.required("name", shape.string("name"))
        let box: Box?
        var polygon: [Double] = []
        switch kind {
        case "rect":
            box = Box(
                x: try number("x"), y: try number("y"), width: try number("width"), height: try number("height"))
        case "circle", "ellipse":
            let rx = try shape.double("r") ?? number("rx")
            let ry = try shape.double("r") ?? number("ry")
            let degrees = (try shape.double("theta") ?? 0) * 180 / .pi
            box = Ellipse(cx: try number("cx"), cy: try number("cy"), rx: rx, ry: ry, degrees: degrees).extent
        case "point": box = Box(x: try number("cx"), y: try number("cy"), width: 0, height: 0)
        default:
            let points = try self.points(shape)
            if kind == "polygon", points.count >= 6 { polygon = points }
            box = Box(around: points)
        }
        let category = try classes.category(of: attributes, in: batch)
        if let attributes, attributes.members.count > 1 {
            batch.extras.add("region_attributes", .json(attributes.whole))
        }
        if let attributes, let score = try? attributes.double("score") { batch.extras.add("score", .double(score)) }
        if !polygon.isEmpty { return batch.addPolygons([polygon], category: category, image: image) }
        if kind != "rect" {
            batch.extras.add("shape_attributes", .json(shape.whole))
            batch.remarkOnNextObject(.boxFromShape, kind)
        }
        batch.addObject(image: image, category: category, box: box)
    }

    private func points(_ shape: JSONMembers) throws -> [Double] {
        let xs = try shape.doubles("all_points_x")
        let ys = try shape.doubles("all_points_y")
        guard xs.count == ys.count else {
            throw RecordProblem(
                offset: shape.start, problem: "the shape has \(xs.count) x and \(ys.count) y", remedy: "Complete it")
        }
        return zip(xs, ys).flatMap { [$0, $1] }
    }
}
