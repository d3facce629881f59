import NeedletailDatasets
import NeedletailGeometry
import NeedletailImages
import NeedletailSystem

/// Writes the file of one split of COCO's panoptic segments, and its pictures.
struct PanopticWriter {
    let dataset: Dataset
    /// Of all images, relative to the folder of their split.
    let names: [String]
    /// Of all pictures, relative to the folder of the file.
    let pictures: [String]

    /// A picture of more pixels is not made.
    private static let mostPixels = 1 << 28

    func write(_ rows: [Int], split: String, to folder: String) throws {
        for row in rows where !segments(ofImage: row).isEmpty { _ = try size(ofImage: row) }
        let drawn = rows.filter { dataset.images[$0].hasSize }
        try ParallelReading.forEach(drawn.count) { place in try draw(drawn[place], in: folder) }
        var file = try AtomicFile(path: "\(folder)/panoptic_\(split).json")
        var writer = COCOWriter(dataset)
        try file.write { (buffer: inout ByteBuffer) throws in
            buffer.append("{\n\"images\": [")
            try writer.writeImages(rows, names: names, to: &buffer)
            buffer.append("],\n\"annotations\": [")
            for (place, row) in drawn.enumerated() {
                buffer.append(place == 0 ? "\n" : ",\n")
                append(row, file: String(pictures[row].dropFirst("panoptic_\(split)/".utf8.count)), to: &buffer)
            }
            buffer.append("],\n\"categories\": [")
            try writer.writeCategories(to: &buffer) { category in
                let isThing = RecordFields(category.origin, of: dataset, except: []).integer("isthing")
                return [COCOField(key: "isthing", value: .integer(isThing ?? 1))]
            }
            buffer.append("]\n}\n")
        }
        try file.commit()
    }

    private func append(_ row: Int, file: String, to buffer: inout ByteBuffer) {
        buffer.append("{\"image_id\":")
        buffer.appendID(dataset.images.ids[row])
        buffer.append(",\"file_name\":")
        buffer.appendString(file)
        buffer.append(",\"segments_info\":[")
        for (place, segment) in segments(ofImage: row).enumerated() {
            let annotation = dataset.annotations[segment.annotation]
            buffer.append(place == 0 ? "\n {\"id\":" : ",\n {\"id\":")
            buffer.appendInteger(Int(segment.number))
            buffer.append(",\"category_id\":")
            buffer.appendID(dataset.categories[annotation.category].id)
            buffer.append(annotation.isCrowd ? ",\"iscrowd\":1,\"bbox\":" : ",\"iscrowd\":0,\"bbox\":")
            buffer.appendBox(segment.box)
            buffer.append(",\"area\":")
            buffer.appendDouble(annotation.resolvedArea)
            buffer.append("}")
        }
        buffer.append("]}")
    }

    // MARK: Pictures

    private struct Segment {
        var annotation: Int
        var number: UInt32
        var box: Box
    }

    /// The objects of an image with the numbers of their segments: those that they came with or their own where these can be
    /// colours, and no other has them.
    private func segments(ofImage row: Int) -> [Segment] {
        var taken: Set<Int> = []
        var segments: [Segment] = []
        var without: [Int] = []
        for annotation in dataset.annotations(ofImage: row) {
            guard let box = dataset.writableBox(annotation) else { continue }
            let ids = [
                dataset.fields(ofAnnotation: annotation).integer("segment_id"),
                dataset.annotations.ids[annotation].integer,
            ]
            let number = ids.lazy.compactMap(\.self).first { (1..<1 << 24).contains($0) && !taken.contains($0) }
            if let number { taken.insert(number) } else { without.append(segments.count) }
            segments.append(Segment(annotation: annotation, number: UInt32(number ?? 0), box: box))
        }
        var next = 1
        for place in without {
            while taken.contains(next) { next += 1 }
            segments[place].number = UInt32(next)
            next += 1
        }
        return segments
    }

    private func size(ofImage row: Int) throws(AnnotationError) -> (width: Int, height: Int) {
        _ = try dataset.knownSize(ofImage: row)
        let image = dataset.images[row]
        let (count, overflow) = image.width.multipliedReportingOverflow(by: image.height)
        guard !overflow, count <= Self.mostPixels else {
            throw AnnotationError(
                .schema, file: dataset.file(ofImage: row), record: "images[\(row)] (id \(image.id), \(image.fileName))",
                problem: "outlines of an image of \(image.width)x\(image.height) pixels are too large a picture",
                remedy: "Correct the size, or write another format")
        }
        return (image.width, image.height)
    }

    private func draw(_ row: Int, in folder: String) throws {
        let size = try size(ofImage: row)
        var picture = SegmentPicture(width: size.width, height: size.height)
        // The largest first, so that what lies on it remains.
        let order = segments(ofImage: row).enumerated().sorted {
            let areas = ($0.element, $1.element)
            let (left, right) = (
                dataset.annotations[areas.0.annotation].resolvedArea,
                dataset.annotations[areas.1.annotation].resolvedArea
            )
            return left != right ? left > right : $0.offset < $1.offset
        }.map(\.element)
        for segment in order { picture.paint(outline(segment), segment.number) }
        picture.show(order.map { (outline($0), $0.number) })
        try picture.image.writePNG(to: "\(folder)/\(pictures[row])")
    }

    private func outline(_ segment: Segment) -> SegmentPicture.Outline {
        let fields = dataset.fields(ofAnnotation: segment.annotation)
        let polygons = fields.usablePolygons
        if !polygons.isEmpty { return SegmentPicture.Outline(box: segment.box, polygons: polygons) }
        return SegmentPicture.Outline(box: segment.box, mask: fields.runLengths)
    }
}
