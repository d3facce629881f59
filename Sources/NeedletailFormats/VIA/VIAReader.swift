import NeedletailDatasets
import NeedletailGeometry
import NeedletailText

/// Reads the regions of one file of a VIA annotation.
struct VIAReader {
    let batch: RecordBatch

    private static let classKeys: [StaticString] = ["class", "label", "name", "category", "type", "Class", "Label"]

    func readFile(_ file: JSONMembers) throws {
        let name = try file.required("filename", file.string("filename"))
        // A size of -1 says that it is not known.
        if let size = try file.integer("size"), size >= 0 { batch.extras.add("size", .integer(size)) }
        file.addOthers(than: ["filename", "size", "regions", "fileref", "base64_img_data"], to: batch.extras)
        batch.addImage(name: name, width: 0, height: 0)
        guard var json = try file.reader("regions") else { return }
        // The first version had an object of numbered regions.
        if try json.peek() == .object {
            for member in try JSONMembers(&json, in: file.bytes).members {
                var json = JSONReader(file.bytes, at: member.value.lowerBound)
                try readRegion(JSONMembers(&json, in: file.bytes))
            }
        } else {
            try file.forEach("regions") { try readRegion(JSONMembers(&$0, in: file.bytes)) }
        }
    }

    private func readRegion(_ region: JSONMembers) throws {
        let shape = try region.required("shape_attributes", region.object("shape_attributes"))
        let attributes = try region.object("region_attributes")
        let category = batch.category(try label(attributes))
        if let attributes, attributes.members.count > 1 {
            batch.extras.add(
                "region_attributes",
                .json(region.text(region.members.last { $0.key.equals("region_attributes") }?.value ?? 0..<0)))
        }
        if let attributes, let score = try? attributes.double("score") { batch.extras.add("score", .double(score)) }
        func number(_ key: StaticString) throws -> Double { try shape.required(key, shape.double(key)) }
        let kind = try shape.required("name", shape.string("name"))
        switch kind {
        case "rect":
            batch.addObject(
                category: category,
                box: Box(
                    x: try number("x"), y: try number("y"), width: try number("width"), height: try number("height")))
            return
        case "polygon":
            let points = try self.points(shape)
            if points.count >= 6 { return batch.addPolygon(points, category: category) }
        default: break
        }
        batch.extras.add(
            "shape_attributes",
            .json(region.text(region.members.last { $0.key.equals("shape_attributes") }?.value ?? 0..<0)))
        let box: Box?
        switch kind {
        case "circle", "ellipse":
            let (cx, cy) = (try number("cx"), try number("cy"))
            let rx = try shape.double("r") ?? number("rx")
            let ry = try shape.double("r") ?? number("ry")
            box = Box(x: (cx - rx).derived, y: (cy - ry).derived, width: (2 * rx).derived, height: (2 * ry).derived)
        case "point": box = Box(x: try number("cx"), y: try number("cy"), width: 0, height: 0)
        default: box = Box(around: try points(shape))
        }
        batch.addObject(category: category, box: box)
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

    private func label(_ attributes: JSONMembers?) throws -> String {
        guard let attributes, !attributes.members.isEmpty else { return "object" }
        for key in Self.classKeys where attributes.has(key) {
            if let text = try text(attributes.reader(key)) { return text }
        }
        guard attributes.members.count == 1 else { return "object" }
        var json = JSONReader(attributes.bytes, at: attributes.members[0].value.lowerBound)
        return try json.peek() == .null ? "object" : text(json) ?? "object"
    }

    /// A text or number; of the object that check boxes make, the first key.
    private func text(_ reader: JSONReader?) throws -> String? {
        guard var json = reader else { return nil }
        switch try json.peek() {
        case .string, .number:
            let text = try json.scalarText()
            return text.isEmpty ? nil : text
        case .object:
            try json.beginObject()
            return try json.nextKey()?.string
        default: return nil
        }
    }
}
