import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// SageMaker Ground Truth's manifest: a line of JSON for each image, with its address in `source-ref` and the boxes under a name
/// of the job's, beside which `…-metadata` says what the numbers of the classes mean.
enum SageMakerFormat: DatasetCodec {
    static let isFolder = false

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "SageMaker Ground Truth manifest")
        capabilities.scores = true
        capabilities.categoryIDs = true
        return capabilities
    }

    static var marks: [JSONMark] { [JSONMark(.object, ["source-ref"])] }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let source = try ByteSource.annotations(path, as: .json)
        let batch = RecordBatch(source: 0)
        var numbers: [String: Int] = [:]
        try JSONListReader.readObjects(source, into: batch, isLenient: options.isLenient) {
            try readLine($0, into: batch, &numbers)
        }
        let images = LooseImages(path, options)
        var builder = DatasetBuilder(provenance: Dataset.Provenance(path: path, format: .sagemaker))
        builder.imageFolder = images.folder
        // Numbers that are the same for all lines are the classes' own.
        let found = Set(batch.categoryNames)
        let known = numbers.filter { found.contains($0.key) }
        if Set(known.values).count == found.count {
            builder.categories = known.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
                .map { Category(id: .integer($0.value), name: $0.key) }
        }
        builder.append([batch])
        return builder.build()
    }

    /// - Parameter numbers: The number of each class by its name, as the first line has it that names it.
    private static func readLine(
        _ line: JSONMembers, into batch: RecordBatch, _ numbers: inout [String: Int]
    ) throws {
        let address = try line.required("source-ref", line.string("source-ref"))
        var labels: (name: String, members: JSONMembers)?
        var others: [String] = []
        for (key, range) in line.members where !key.string.hasSuffix("-metadata") && !key.equals("source-ref") {
            var json = line.reader(at: range)
            guard try json.peek() == .object else { continue }
            let members = try line.inner(&json)
            guard members.has("annotations") else { continue }
            if labels == nil { labels = (key.string, members) } else { others.append(key.string) }
        }
        var size = (width: 0, height: 0)
        try labels?.members.forEach("image_size") { json in
            let image = try line.inner(&json)
            size = (try image.size("width"), try image.size("height"))
        }
        batch.addImage(
            name: LabelStudioReader.fileName(address), width: size.width, height: size.height)
        for other in others { batch.remarkOnImage(.contentLeftOut, "the labels \(other)") }
        guard let labels else { return }
        let (names, scores) = try metadata(of: labels.name, line)
        var place = 0
        try labels.members.forEach("annotations") { json in
            let box = try line.inner(&json)
            let number = try box.required("class_id", box.integer("class_id"))
            let values = try box.numbers("left", "top", "width", "height")
            let name = names[number] ?? "\(number)"
            if numbers[name] == nil { numbers[name] = number }
            box.addOthers(than: ["class_id", "left", "top", "width", "height"], to: batch.extras)
            if scores.indices.contains(place), scores[place] != 1 { batch.extras.add("score", .double(scores[place])) }
            place += 1
            batch.addObject(
                category: batch.category(name),
                box: Box(x: values[0], y: values[1], width: values[2], height: values[3]))
        }
    }

    /// What the numbers of the classes mean, and how sure each box is.
    private static func metadata(
        of name: String, _ line: JSONMembers
    ) throws -> (names: [Int: String], scores: [Double]) {
        let key = name + "-metadata"
        guard let range = line.members.last(where: { $0.key.string == key })?.value else { return ([:], []) }
        var json = line.reader(at: range)
        guard try json.peek() == .object else { return ([:], []) }
        let members = try line.inner(&json)
        var names: [Int: String] = [:]
        for (key, range) in try members.object("class-map")?.members ?? [] {
            var json = line.reader(at: range)
            if let number = Int(key.string), try json.peek() == .string { names[number] = try json.readString() }
        }
        var scores: [Double] = []
        try members.forEach("objects") { json in
            let object = try line.inner(&json)
            scores.append(try object.double("confidence") ?? 1)
        }
        return (names, scores)
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        let classes = ClassIndices(dataset.categories)
        let hasScores = dataset.holdsScores
        var file = try AtomicFile(path: path)
        file.write { (buffer: inout ByteBuffer) in
            for row in 0..<dataset.images.count {
                let image = dataset.images[row]
                let boxes = dataset.annotations(ofImage: row).filter { dataset.writableBox($0) != nil }
                buffer.append("{\"source-ref\":")
                buffer.appendString(image.fileName)
                buffer.append(",\"bounding-box\":{\"image_size\":[")
                if image.hasSize {
                    buffer.append("{\"width\":")
                    buffer.appendInteger(image.width)
                    buffer.append(",\"height\":")
                    buffer.appendInteger(image.height)
                    buffer.append(",\"depth\":3}")
                }
                buffer.append("],\"annotations\":[")
                for (place, annotation) in boxes.enumerated() {
                    guard let box = dataset.writableBox(annotation) else { continue }
                    buffer.append(place == 0 ? "{\"class_id\":" : ",{\"class_id\":")
                    buffer.appendInteger(classes.ofRow[Int(dataset.annotations.categories[annotation])])
                    buffer.append(",\"top\":")
                    buffer.appendDouble(box.y)
                    buffer.append(",\"left\":")
                    buffer.appendDouble(box.x)
                    buffer.append(",\"width\":")
                    buffer.appendDouble(box.width)
                    buffer.append(",\"height\":")
                    buffer.appendDouble(box.height)
                    buffer.append("}")
                }
                buffer.append("]},\"bounding-box-metadata\":{\"objects\":[")
                for (place, annotation) in boxes.enumerated() {
                    buffer.append(place == 0 ? "{\"confidence\":" : ",{\"confidence\":")
                    let score = hasScores ? dataset.fields(ofAnnotation: annotation).double("score") : nil
                    buffer.appendDouble(score ?? 1)
                    buffer.append("}")
                }
                buffer.append("],\"class-map\":{")
                let used = Set(boxes.map { Int(dataset.annotations.categories[$0]) })
                for (place, category) in used.sorted(by: { classes.ofRow[$0] < classes.ofRow[$1] }).enumerated() {
                    buffer.append(place == 0 ? "\"" : ",\"")
                    buffer.appendInteger(classes.ofRow[category])
                    buffer.append("\":")
                    buffer.appendString(dataset.categories[category].name)
                }
                buffer.append("},\"type\":\"groundtruth/object-detection\",\"human-annotated\":\"yes\"}}\n")
            }
        }
        try file.commit()
    }
}
