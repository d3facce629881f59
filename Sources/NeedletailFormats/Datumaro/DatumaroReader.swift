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
        return try JSONObjectReader.read(source, into: batch, isLenient: isLenient) { json in
            var names: [String] = []
            try json.whole.object("categories")?.object("label")?.forEach("labels") {
                let label = try json.whole.inner(&$0)
                names.append(try label.required("name", label.string("name")))
            }
            try json.forEach("items") { try readItem($0, names) }
            return names
        }
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
        var annotations: [JSONMembers] = []
        try item.forEach("annotations") { annotations.append(try item.inner(&$0)) }
        var place = 0
        while place < annotations.count {
            let first = annotations[place]
            var polygons = try polygon(first).map { [$0] } ?? []
            place += 1
            // Polygons of one group and label are the parts of one object, and so are a mask and the box behind it.
            func isOfOne(_ other: JSONMembers) throws -> Bool {
                guard let group = try first.integer("group"), group != 0 else { return false }
                return try other.integer("group") == group && other.integer("label_id") == first.integer("label_id")
            }
            while place < annotations.count, !polygons.isEmpty, try isOfOne(annotations[place]),
                let next = try polygon(annotations[place])
            {
                polygons.append(next)
                place += 1
            }
            var box: Box?
            if place < annotations.count, try first.string("type") == "mask", try isOfOne(annotations[place]),
                try annotations[place].string("type") == "bbox"
            {
                box = try self.box(annotations[place])
                place += 1
            }
            try readAnnotation(first, polygons, box, names)
        }
    }

    /// The points of an annotation that is a polygon.
    private func polygon(_ annotation: JSONMembers) throws -> [Double]? {
        guard try annotation.string("type") == "polygon" else { return nil }
        let points = try annotation.doubles("points")
        return points.count >= 6 && points.count.isMultiple(of: 2) ? points : nil
    }

    private func box(_ annotation: JSONMembers) throws -> Box? {
        var json = try annotation.required("bbox", annotation.reader("bbox"))
        return try json.readBox()
    }

    /// - Parameters:
    ///   - polygons: Of the object, where it is of some.
    ///   - box: Of a mask, where it has one of its own.
    private func readAnnotation(
        _ annotation: JSONMembers, _ polygons: [[Double]], _ box: Box?, _ names: [String]
    ) throws {
        let kind = try annotation.required("type", annotation.string("type"))
        let mask = try kind == "mask" ? annotation.reader("rle") : nil
        guard !["label", "caption", "cuboid_3d", "feature_vector"].contains(kind), kind != "mask" || mask != nil else {
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
        let isCrowd = try addAttributes(annotation)
        if !polygons.isEmpty { return batch.addPolygons(polygons, category: category, isCrowd: isCrowd) }
        switch kind {
        case "mask":
            guard var json = mask, let runs = try json.readRunLengths() else {
                throw RecordProblem(
                    offset: annotation.start, problem: "the runs of the mask are not those of its size",
                    remedy: "Correct size or counts, or remove the annotation")
            }
            batch.extras.add("segmentation", .json(annotation.text("rle")))
            batch.addObject(category: category, box: box ?? runs.extent, area: Double(runs.area), isCrowd: isCrowd)
        case "bbox":
            batch.addObject(category: category, box: try self.box(annotation), isCrowd: isCrowd)
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
            batch.remarkOnNextObject(.boxFromShape, kind)
            batch.addObject(category: category, box: Box(around: try annotation.doubles("points")), isCrowd: isCrowd)
        }
    }

    /// Adds what an annotation says of itself, but for whether it is a crowd, which is told.
    private func addAttributes(_ annotation: JSONMembers) throws -> Bool {
        // Formats that know other attributes than names with values keep them as they are.
        guard var json = try annotation.reader("attributes"), try json.peek() == .object else { return false }
        let attributes = try annotation.inner(&json)
        guard attributes.has("is_crowd") else {
            if attributes.members.count > 0 { batch.extras.add("attributes", .json(attributes.whole)) }
            return false
        }
        var others = ByteBuffer(growingFrom: 64)
        for (key, value) in attributes.members where !key.equals("is_crowd") {
            others.append(others.count == 0 ? "{\"" : ",\"")
            others.append(key.raw)
            others.append("\":")
            others.append(attributes.text(value))
        }
        if others.count > 0 {
            others.append("}")
            batch.extras.add("attributes", .json(others.bytes))
        }
        return try attributes.isTrue("is_crowd")
    }
}
