import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// Reads the samples or labels of a FiftyOne export.
struct FiftyOneReader {
    let batch: RecordBatch
    let images: LooseImages
    let known: KnownImages?
    /// The folder of the images.
    let data: String
    /// In the order of the file.
    private(set) var classes: [String] = []

    init(batch: RecordBatch, images: LooseImages, known: KnownImages?, data: String) {
        (self.batch, self.images, self.known, self.data) = (batch, images, known, data)
    }

    /// - Returns: Whether the file lists samples.
    mutating func read(_ file: String, isLenient: Bool) throws -> Bool {
        let source = try ByteSource.annotations(file, as: .json)
        return try JSONObjectReader.read(source, into: batch, isLenient: isLenient) { json in
            if json.whole.has("samples") {
                try json.forEach("samples") { try readSample($0) }
                return true
            }
            classes = try json.whole.texts("classes")
            let labels = try json.whole.required("labels", json.whole.object("labels"))
            for (index, member) in labels.members.enumerated() {
                try json.reading("labels", index, at: member.value.lowerBound) {
                    try readDetections(of: member.key.string, at: member.value, labels)
                }
            }
            return false
        }
    }

    // MARK: labels.json

    private func readDetections(of key: String, at range: Range<Int>, _ labels: JSONMembers) throws {
        let name = known?.image(ofStem: key)?.fileName ?? images.fileName(of: key)
        let size = try images.size(of: name) ?? (0, 0)
        batch.addImage(name: name, width: size.width, height: size.height)
        var json = labels.reader(at: range)
        if try json.readNull() { return }
        try json.beginArray()
        while try json.nextElement() {
            let detection = try labels.inner(&json)
            var label = try detection.required("label", detection.reader("label"))
            let name: String
            if try label.peek() == .number {
                let number = try label.readInteger()
                name = classes.indices.contains(number) ? classes[number] : "\(number)"
            } else {
                name = try label.readString()
            }
            try readDetection(detection, name, size, others: ["label", "bounding_box", "confidence"])
        }
    }

    private func readDetection(
        _ detection: JSONMembers, _ name: String?, _ size: (width: Int, height: Int), others: [StaticString]
    ) throws {
        let shares = try detection.doubles("bounding_box")
        guard shares.count == 4 else {
            throw RecordProblem(
                offset: detection.start, problem: "bounding_box has \(shares.count) numbers",
                remedy: "Write it as [left, top, width, height], shares of the image")
        }
        guard size.width > 0, size.height > 0 else {
            throw RecordProblem(
                offset: detection.start,
                problem: "the size of the image is needed, because boxes are shares of it, and is not known",
                remedy: "Put the images into data, or give their folder with \(setting: .imageFolder)")
        }
        if let score = try detection.double("confidence") { batch.extras.add("score", .double(score)) }
        detection.addOthers(than: others, to: batch.extras)
        let (width, height) = (Double(size.width), Double(size.height))
        batch.addObject(
            category: batch.category(called: name),
            box: Box(
                x: (shares[0] * width).derived, y: (shares[1] * height).derived, width: (shares[2] * width).derived,
                height: (shares[3] * height).derived))
    }

    // MARK: samples.json

    private func readSample(_ sample: JSONMembers) throws {
        let path = try sample.required("filepath", sample.string("filepath"))
        let metadata = try sample.object("metadata")
        var size = (width: try metadata?.size("width") ?? 0, height: try metadata?.size("height") ?? 0)
        if size.width <= 0 || size.height <= 0 { size = try images.size(of: path) ?? (0, 0) }
        // Tags say what a sample is for.
        let tags = try sample.texts("tags")
        if let split = tags.lazy.compactMap({ SplitName.usual($0) }).first { batch.extras.add("split", split) }
        batch.addImage(name: path, width: size.width, height: size.height)
        let fields = try labelFields(of: sample)
        guard let chosen = fields.first(where: { $0.name == "ground_truth" }) ?? fields.first else { return }
        for other in fields where other.name != chosen.name {
            batch.remarkOnImage(.contentLeftOut, "the field \(other.name)")
        }
        try chosen.members.forEach("detections") { json in
            let detection = try sample.inner(&json)
            if detection.has("mask") { batch.remarkOnNextObject(.contentLeftOut, "a mask") }
            let others: [StaticString] = [
                "_id", "_cls", "tags", "label", "bounding_box", "confidence", "mask", "index",
            ]
            try readDetection(detection, try detection.string("label"), size, others: others)
        }
        try chosen.members.forEach("polylines") { json in try readPolyline(sample.inner(&json), size) }
    }

    /// The fields that hold boxes or outlines.
    private func labelFields(of sample: JSONMembers) throws -> [(name: String, members: JSONMembers)] {
        var fields: [(name: String, members: JSONMembers)] = []
        for (key, range) in sample.members {
            var json = sample.reader(at: range)
            guard try json.peek() == .object else { continue }
            let members = try sample.inner(&json)
            if members.has("detections") || members.has("polylines") { fields.append((key.string, members)) }
        }
        return fields
    }

    private func readPolyline(_ polyline: JSONMembers, _ size: (width: Int, height: Int)) throws {
        var rings: [[Double]] = []
        try polyline.forEach("points") { json in
            var points: [Double] = []
            try json.beginArray()
            while try json.nextElement() {
                try json.beginArray()
                while try json.nextElement() { points.append(try json.readDouble()) }
            }
            rings.append(
                points.enumerated().map { ($1 * Double($0.isMultiple(of: 2) ? size.width : size.height)).derived })
        }
        let category = batch.category(called: try polyline.string("label"))
        let polygons = rings.filter { $0.count >= 6 && $0.count.isMultiple(of: 2) }
        if try polyline.isTrue("closed") || polyline.isTrue("filled"), !polygons.isEmpty {
            return batch.addPolygons(polygons, category: category)
        }
        batch.remarkOnNextObject(.boxFromShape, "a polyline")
        batch.addObject(category: category, box: Box(around: rings.flatMap(\.self)))
    }
}
