import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// VIA's table: a row for each region, with its shape and its attributes as JSON in two of the fields.
struct VIATable {
    private let path: String
    private let options: ReadingOptions

    init(_ path: String, _ options: ReadingOptions) {
        (self.path, self.options) = (path, options)
    }

    static func isOne(_ head: TextHead) -> Bool {
        let names = head.fields(at: ",").map { String($0.filter { $0 != "\"" && $0 != "#" }).trimmingSpaces() }
        return names.contains("filename") && names.contains("region_shape_attributes")
    }

    private struct Region {
        var image: Int
        var shape: ByteSource
        var attributes: ByteSource
        var line: Int
    }

    func read() throws -> Dataset {
        let source = try ByteSource.annotations(path)
        let images = LooseImages(path, options)
        var table = TableReader(source)
        let header = table.next()?.fields.map { String($0.string.filter { $0 != "#" }).trimmingSpaces() } ?? []
        func place(_ name: String) -> Int? { header.firstIndex(of: name) }
        guard let file = place("filename"), let shape = place("region_shape_attributes") else {
            throw AnnotationError(
                .schema, file: path, line: 1, problem: "the table has no columns filename and region_shape_attributes",
                remedy: "Export it from VIA once more")
        }
        let (attributes, size) = (place("region_attributes"), place("file_size"))
        let batch = TableBatch(source: 0)
        var regions: [Region] = []
        while let row = table.next() {
            guard row.fields.count >= header.count, !row.fields[file].isEmpty else {
                let error = AnnotationError(
                    .schema, file: path, line: row.line,
                    problem: "the row has \(row.fields.count) fields and the header \(header.count), or names no image",
                    remedy: "Complete the row or remove it")
                guard options.isLenient else { throw error }
                batch.records.refusals.append(error)
                continue
            }
            let image = batch.image(row.fields[file].string) {
                if let bytes = size.flatMap({ Int(row.fields[$0].string) }), bytes >= 0 {
                    batch.records.extras.add("size", .integer(bytes))
                }
                return (0, 0)
            }
            let text = row.fields[shape].string
            // An image without regions has an empty shape.
            if ["", "{}"].contains(text.trimmingSpaces()) { continue }
            func json(_ text: String) -> ByteSource { ByteSource(synthetic: Array(text.utf8), path: path) }
            regions.append(
                Region(
                    image: image, shape: json(text), attributes: json(attributes.map { row.fields[$0].string } ?? "{}"),
                    line: row.line))
        }
        try read(regions, into: batch.records)
        return images.dataset(batch.records, format: .via)
    }

    private func read(_ regions: [Region], into batch: RecordBatch) throws {
        func members(_ source: ByteSource) throws -> JSONMembers { try JSONMembers(source, for: batch) }
        var names: [String] = []
        for region in regions {
            for (key, _) in (try? members(region.attributes))?.members ?? [] where !names.contains(key.string) {
                names.append(key.string)
            }
        }
        let reader = VIAReader(batch: batch, classes: try VIAFormat.classes(names, options, path, batch))
        for region in regions {
            do {
                try reader.readRegion(
                    shape: members(region.shape), attributes: members(region.attributes), image: region.image)
            } catch {
                var error = AnnotationError(error, in: region.shape, record: nil, namesLine: false)
                (error.line, error.byteOffset) = (region.line, nil)
                guard options.isLenient else { throw error }
                batch.refusals.append(error)
            }
        }
    }
}
