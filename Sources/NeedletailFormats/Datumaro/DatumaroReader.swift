import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// Reads the file of one subset of a Datumaro dataset.
struct DatumaroReader {
    let batch: RecordBatch
    let isLenient: Bool
    /// What images are said to be for, where there are several subsets.
    let split: String?

    /// - Returns: The names of the classes, in their order.
    func read(_ file: String) throws -> [String] {
        let source = try ByteSource.annotations(file, as: .json)
        var record: (list: String, index: Int, start: Int)?
        do {
            var json = JSONReader(source.bytes)
            json.acceptsNonFinite = true
            let whole = try JSONMembers(&json, in: source.bytes, for: batch)
            try json.finish()
            var names: [String] = []
            try whole.object("categories")?.object("label")?.forEach("labels") { json in
                let label = try whole.inner(&json)
                names.append(try label.required("name", label.string("name")))
            }
            var index = 0
            try whole.forEach("items") { json in
                json.skipWhitespace()
                record = ("items", index, json.offset)
                let item = try whole.inner(&json)
                do { try readItem(item, names) } catch  where isLenient {
                    batch.refusals.append(AnnotationError(error, in: source, record: record))
                }
                index += 1
            }
            return names
        } catch { throw AnnotationError(error, in: source, record: record) }
    }

    private func readItem(_ item: JSONMembers, _ names: [String]) throws {
        let id = try item.required("id", item.string("id"))
        let image = try item.object("image")
        let size = try image?.has("size") ?? false ? image?.doubles("size") ?? [] : []
        let written = try image?.string("path") ?? ""
        let name = written.isEmpty ? id + ".jpg" : written
        if let split { batch.extras.add("split", split) }
        let (width, height) = size.count == 2 ? (size[1], size[0]) : (0, 0)
        batch.addImage(
            name: split.map { "\($0)/\(name)" } ?? name, width: Int(exactly: width.rounded()) ?? 0,
            height: Int(exactly: height.rounded()) ?? 0)
        try item.forEach("annotations") { json in try readAnnotation(item.inner(&json), names) }
    }

    private func readAnnotation(_ annotation: JSONMembers, _ names: [String]) throws {
        let kind = try annotation.required("type", annotation.string("type"))
        guard !["label", "caption", "mask", "cuboid_3d", "feature_vector"].contains(kind) else {
            return batch.remarkOnImage(.contentLeftOut, kind)
        }
        var name: String?
        if let number = try annotation.integer("label_id") {
            guard names.indices.contains(number) else {
                throw RecordProblem(
                    kind: .unknownReference, offset: annotation.start,
                    problem: "label_id \(number) is not among the \(names.count) labels of the file",
                    remedy: "Add it to categories, or correct the number; the first one is 0")
            }
            name = names[number]
        }
        let category = batch.category(called: name)
        let attributes = annotation.text("attributes")
        if attributes.count > 2 { batch.extras.add("attributes", .json(attributes)) }
        switch kind {
        case "bbox":
            var json = try annotation.required("bbox", annotation.reader("bbox"))
            batch.addObject(category: category, box: try json.readBox())
        case "rotated_bbox":
            let numbers = try annotation.doubles("bbox")
            guard numbers.count == 5 else {
                throw RecordProblem(
                    offset: annotation.start, problem: "a turned box has \(numbers.count) numbers",
                    remedy: "Write it as [centre x, centre y, width, height, degrees]")
            }
            let box = Box(centerX: numbers[0], centerY: numbers[1], width: numbers[2], height: numbers[3]).derivedOrigin
            batch.addTurned(
                TurnedBox(box, degrees: numbers[4]), category: category, hasSwappedCorners: box.isReversed)
        default:
            let points = try annotation.doubles("points")
            if kind == "polygon", points.count >= 6, points.count.isMultiple(of: 2) {
                return batch.addPolygon(points, category: category)
            }
            batch.remarkOnNextObject(.boxFromShape, kind)
            batch.addObject(category: category, box: Box(around: points))
        }
    }
}
