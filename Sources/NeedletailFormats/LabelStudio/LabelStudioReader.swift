import NeedletailDatasets
import NeedletailGeometry
import NeedletailText

/// Reads the tasks of a Label Studio export.
struct LabelStudioReader {
    let batch: RecordBatch
    let images: LooseImages

    func readTask(_ task: JSONMembers) throws {
        let data = try task.object("data")
        let address = try (data ?? task).imageAddress()
        let name = Self.fileName(try task.required("data.image", address))
        let id = try task.integer("id").map(RecordID.integer)
        if let data, data.members.count > 1 || address != name {
            batch.extras.add("data", .json(task.text(task.members.last { $0.key.equals("data") }?.value ?? 0..<0)))
        }
        var regions: [JSONMembers] = []
        let results: StaticString = try task.hasResults() ? "annotations" : "predictions"
        try task.forEach(task.has("completions") ? "completions" : results) { json in
            let annotation = try JSONMembers(&json, in: task.bytes)
            if var json = try annotation.reader("was_cancelled"), try json.readFlag() ?? false { return }
            try annotation.forEach("result") { regions.append(try JSONMembers(&$0, in: task.bytes)) }
        }
        // JSON-MIN has the values alone.
        if data == nil {
            try task.forEach("label") { regions.append(try JSONMembers(&$0, in: task.bytes)) }
        }
        var width = 0
        var height = 0
        for region in regions where width == 0 || height == 0 {
            width = try region.integer("original_width") ?? 0
            height = try region.integer("original_height") ?? 0
        }
        if width <= 0 || height <= 0 { (width, height) = images.size(of: name) ?? (0, 0) }
        batch.addImage(id: id, name: name, width: width, height: height)
        for region in regions { try read(region, width: Double(width), height: Double(height)) }
    }

    private func read(_ region: JSONMembers, width: Double, height: Double) throws {
        let value = try region.object("value") ?? region
        let kinds: [StaticString] = [
            "rectanglelabels", "polygonlabels", "ellipselabels", "keypointlabels", "brushlabels", "labels",
        ]
        guard let kind = kinds.first(where: { value.has($0) }) else { return }
        var labels: [String] = []
        try value.forEach(kind) { labels.append(try $0.readString()) }
        guard let label = labels.first else { return }
        guard width > 0, height > 0 else {
            throw RecordProblem(
                offset: region.start,
                problem: "the region has no original_width and original_height, and the image "
                    + "that would tell its size is not there",
                remedy: "Export as JSON, or give the folder of the images with \(setting: .imageFolder)")
        }
        batch.extras.add("region", try region.string("id"))
        if let score = try region.double("score") { batch.extras.add("score", .double(score)) }
        let category = batch.category(label)
        let points = try value.points("points").enumerated().map {
            ($1 * ($0.isMultiple(of: 2) ? width : height) / 100).derived
        }
        if points.count >= 6 { return batch.addPolygon(points, category: category) }
        batch.addObject(category: category, box: try box(value, kind, width, height))
    }

    /// The extent of a region; nil when it is a mask, whose extent the file does not tell.
    private func box(_ value: JSONMembers, _ kind: StaticString, _ width: Double, _ height: Double) throws -> Box? {
        guard let x = try value.double("x"), let y = try value.double("y") else { return nil }
        if let rx = try value.double("radiusX"), let ry = try value.double("radiusY") {
            batch.extras.add("shape", "ellipse")
            return Box(
                x: ((x - rx) * width / 100).derived, y: ((y - ry) * height / 100).derived,
                width: (2 * rx * width / 100).derived, height: (2 * ry * height / 100).derived)
        }
        let box = Box(
            x: (x * width / 100).derived, y: (y * height / 100).derived,
            width: ((try value.double("width") ?? 0) * width / 100).derived,
            height: ((try value.double("height") ?? 0) * height / 100).derived)
        let angle = try value.double("rotation") ?? 0
        guard angle != 0 else { return box }
        batch.extras.add("rotation", .double(angle))
        batch.extras.add("unrotated", .box(box))
        return box.extent(turnedBy: angle, around: (box.x, box.y))
    }

    /// The file that an address means: behind `?d=` for local storage, otherwise its last component.
    static func fileName(_ address: String) -> String {
        let parts = address.split(separator: "?d=", maxSplits: 1)
        if parts.count == 2 { return decoded(String(parts[1])) }
        guard address.contains("://") || address.hasPrefix("/") else { return address }
        let path = address.split { $0 == "?" || $0 == "#" }.first ?? ""
        return decoded(path.split(separator: "/").last.map(String.init) ?? address)
    }

    private static func decoded(_ text: String) -> String { ImageFileName.percentDecoded(text) ?? text }
}

extension JSONMembers {
    /// The image of a task: under the usual keys, or else the first text that looks like an image.
    fileprivate func imageAddress() throws -> String? {
        for key: StaticString in ["image", "img", "image_url"] {
            if var json = try reader(key), try json.peek() == .string { return try json.readString() }
        }
        for (_, range) in members {
            var json = JSONReader(bytes, at: range.lowerBound)
            guard try json.peek() == .string else { continue }
            let text = try json.readString()
            if ImageFileName.isImage(text) { return text }
        }
        return nil
    }

    /// Whether somebody annotated the task.
    fileprivate func hasResults() throws -> Bool {
        guard var json = try reader("annotations"), try json.peek() == .array else { return false }
        try json.beginArray()
        return try json.nextElement()
    }
}
