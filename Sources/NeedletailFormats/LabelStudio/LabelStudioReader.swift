import NeedletailDatasets
import NeedletailGeometry
import NeedletailText

/// Reads the tasks of a Label Studio export.
struct LabelStudioReader {
    let batch: RecordBatch
    let images: LooseImages

    func readTask(_ task: JSONMembers) throws {
        let data = try task.object("data")
        guard let address = try (data ?? task).imageAddress() else { throw Self.withoutImage(task, data) }
        let name = Self.fileName(address)
        let id = try task.integer("id").map(RecordID.integer)
        if let data {
            if data.members.count > 1 || address != name { batch.extras.add("data", .json(task.text("data"))) }
        } else {
            try addOthers(of: task)
        }
        let results = try self.results(of: task)
        var width = 0
        var height = 0
        for region in results.regions where width == 0 || height == 0 {
            width = try region.members.integer("original_width") ?? 0
            height = try region.members.integer("original_height") ?? 0
        }
        if width <= 0 || height <= 0 { (width, height) = try images.size(of: name) ?? (0, 0) }
        batch.addImage(id: id, name: name, width: width, height: height)
        for kind in results.leftOut { batch.remarkOnImage(.contentLeftOut, kind) }
        try add(results.regions, width: Double(width), height: Double(height))
    }

    // MARK: Results

    /// The results that count, and what is said of those that do not.
    private func results(of task: JSONMembers) throws -> (regions: [LabelStudioRegion], leftOut: [String]) {
        var regions: [LabelStudioRegion] = []
        var leftOut: [String] = []
        // JSON-MIN has the values alone, each list under the name of what was filled in.
        if !task.has("data") {
            for (_, range) in task.members {
                try Self.forEachRegion(at: range, of: task) { regions.append(try LabelStudioRegion($0)) }
            }
            return (regions, leftOut)
        }
        let isAnnotated = try task.has("completions") || task.hasResults("annotations")
        let counted: StaticString =
            task.has("completions") ? "completions" : isAnnotated ? "annotations" : "predictions"
        var groundTruth: [LabelStudioRegion] = []
        var annotators = 0
        var hasGroundTruth = false
        try task.forEach(counted) { json in
            let annotation = try task.inner(&json)
            var own: [LabelStudioRegion] = []
            try annotation.forEach("result") { own.append(try LabelStudioRegion(try task.inner(&$0))) }
            if try annotation.isSet("was_cancelled") {
                leftOut += own.map { _ in "a cancelled annotation's region" }
            } else if try annotation.isSet("ground_truth") {
                hasGroundTruth = true
                groundTruth += own
            } else {
                annotators += 1
                regions += own
            }
        }
        if hasGroundTruth {
            leftOut += regions.map { _ in "a region of an annotation that is not marked as the ground truth" }
            regions = groundTruth
        } else if annotators > 1 {
            batch.remarkOnNextImage(.severalAnnotators, "\(annotators) \(counted)")
        }
        if isAnnotated {
            try task.forEach("predictions") { json in
                // Predictions may be listed by their numbers alone.
                guard try json.peek() == .object else {
                    try json.skipValue()
                    return
                }
                try task.inner(&json).forEach("result") {
                    try $0.skipValue()
                    leftOut.append("a predicted region beside the annotated ones")
                }
            }
        }
        return (regions, leftOut)
    }

    /// Calls `body` for the elements of a list of JSON-MIN's regions.
    private static func forEachRegion(
        at range: Range<Int>, of task: JSONMembers, _ body: (JSONMembers) throws -> Void
    ) throws {
        var json = task.reader(at: range)
        guard try json.peek() == .array else { return }
        try json.beginArray()
        while try json.nextElement() {
            guard try json.peek() == .object else { return }
            let members = try task.inner(&json)
            if members.has("original_width") || members.has("x") || members.has("points") { try body(members) }
        }
    }

    /// Keeps what JSON-MIN has beside the image and its regions.
    private func addOthers(of task: JSONMembers) throws {
        for (key, range) in task.members where !["id", "image", "img", "image_url"].contains(key.string) {
            var isList = false
            try Self.forEachRegion(at: range, of: task) { _ in isList = true }
            if !isList, !task.text(range).elementsEqual("null".utf8) {
                batch.extras.add(key.string, .json(task.text(range)))
            }
        }
    }

    /// What to say of a task that names no image.
    private static func withoutImage(_ task: JSONMembers, _ data: JSONMembers?) -> RecordProblem {
        guard let data else {
            return RecordProblem(
                offset: task.start, problem: "there is no data.image", remedy: "Add the field data.image")
        }
        let keys = data.members.map(\.key.string)
        func names(_ kinds: String...) -> String? {
            keys.first { key in kinds.contains { key.lowercased().contains($0) } }
        }
        if let key = names("video") {
            return RecordProblem(
                offset: task.start, problem: "the task is of a video (data.\(key)), not of an image",
                remedy: """
                    Boxes in the frames of a video are not read: cut it into pictures, and annotate or import those
                    """)
        }
        return RecordProblem(
            offset: task.start,
            problem: "there is no data.image"
                + (keys.isEmpty ? "" : "; data has \(keys.prefix(8).joined(separator: ", "))"),
            remedy: "Export a project whose tasks are images, or name the image in data.image")
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

    fileprivate func isSet(_ key: StaticString) throws -> Bool {
        var flag = try reader(key)
        return try flag?.readFlag() ?? false
    }

    /// Whether a list has an element.
    fileprivate func hasResults(_ key: StaticString) throws -> Bool {
        guard var json = try reader(key), try json.peek() == .array else { return false }
        try json.beginArray()
        return try json.nextElement()
    }
}
