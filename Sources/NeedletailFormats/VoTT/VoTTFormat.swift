import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// VoTT's JSON: a project with `assets`, or the file of one asset; its CSV is read as any table.
enum VoTTFormat: DatasetCodec {
    static let isFolder = false

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "VoTT JSON")
        capabilities.unusedCategories = true
        capabilities.polygons = true
        return capabilities
    }

    static var marks: [JSONMark] {
        [
            JSONMark(.object, ["assets", "tags"]), JSONMark(.object, ["assets", "name"]),
            JSONMark(.object, ["asset", "regions"]),
        ]
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let source = try ByteSource.annotations(path, as: .json)
        let batch = RecordBatch(source: 0)
        var tags: [String] = []
        try JSONObjectReader.read(source, into: batch, isLenient: options.isLenient) { json in
            try json.whole.forEach("tags") {
                let tag = try json.whole.inner(&$0)
                tags.append(try tag.required("name", tag.string("name")))
            }
            for (index, asset) in try assets(of: json.whole).enumerated() {
                try json.reading("assets", index, at: asset.start) { try readAsset(asset, into: batch) }
            }
        }
        let images = LooseImages(path, options)
        var builder = DatasetBuilder(provenance: Dataset.Provenance(path: path, format: .vott))
        builder.imageFolder = images.folder
        var seen: Set<String> = []
        for tag in tags where seen.insert(tag).inserted {
            builder.categories.append(Category(id: .integer(builder.categories.count + 1), name: tag))
        }
        builder.append([batch])
        return builder.build()
    }

    /// Of an export they have their regions with them, of a project their descriptions alone.
    private static func assets(of whole: JSONMembers) throws -> [JSONMembers] {
        if whole.has("asset") { return [whole] }
        guard var json = try whole.reader("assets") else { return [] }
        var assets: [JSONMembers] = []
        if try json.peek() == .array {
            try whole.forEach("assets") { assets.append(try whole.inner(&$0)) }
        } else {
            for member in try whole.inner(&json).members {
                var json = whole.reader(at: member.value)
                assets.append(try whole.inner(&json))
            }
        }
        return assets
    }

    private static func readAsset(_ members: JSONMembers, into batch: RecordBatch) throws {
        let asset = try members.object("asset") ?? members
        let size = try asset.object("size")
        let name = try asset.required("name", asset.string("name"))
        batch.addImage(
            name: ImageFileName.percentDecoded(name) ?? name, width: try size?.size("width") ?? 0,
            height: try size?.size("height") ?? 0)
        guard members.has("asset") else {
            return batch.remarkOnImage(.contentLeftOut, "the regions, which stand in a file of their own")
        }
        try members.forEach("regions") { json in
            let region = try members.inner(&json)
            let kind = try region.string("type") ?? "RECTANGLE"
            let points = try region.pointObjects("points")
            let box = try region.object("boundingBox").map { box -> Box in
                let numbers = try box.numbers("left", "top", "width", "height")
                return Box(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
            }
            let category = batch.category(ofFirst: try region.texts("tags"))
            if kind == "POLYGON", points.count >= 6 {
                return batch.addPolygons([points], category: category, box: box)
            }
            if !["RECTANGLE", "SQUARE"].contains(kind) { batch.remarkOnNextObject(.boxFromShape, kind.lowercased()) }
            batch.addObject(category: category, box: box ?? Box(around: points))
        }
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        let names = try OutputNames(dataset)
        var file = try AtomicFile(path: path)
        file.write { (buffer: inout ByteBuffer) in
            buffer.append("{\"name\":\"needletail\",\"tags\":[")
            for (place, category) in dataset.categories.enumerated() {
                buffer.append(place == 0 ? "\n{\"name\":" : ",\n{\"name\":")
                buffer.appendString(category.name)
                buffer.append(",\"color\":\"#5db300\"}")
            }
            buffer.append("],\n\"assets\":{")
            for row in 0..<dataset.images.count {
                buffer.append(row == 0 ? "\n" : ",\n")
                appendAsset(row, path: names.images[row], of: dataset, to: &buffer)
            }
            buffer.append("\n}}\n")
        }
        try file.commit()
    }

    /// 32 hexadecimal digits, as VoTT's are.
    private static func identifier(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(32 - digits.count, 0)) + digits
    }

    private static func appendAsset(_ row: Int, path: String, of dataset: Dataset, to buffer: inout ByteBuffer) {
        let image = dataset.images[row]
        buffer.append("\"")
        buffer.append(text: identifier(row + 1))
        buffer.append("\":{\"asset\":{\"format\":")
        buffer.appendString(String(FilePath.splitEnding(path).ending.dropFirst()))
        buffer.append(",\"id\":\"")
        buffer.append(text: identifier(row + 1))
        buffer.append("\",\"name\":")
        buffer.appendString(image.fileName)
        buffer.append(",\"path\":")
        buffer.appendString("file:\(path)")
        if image.hasSize {
            buffer.append(",\"size\":{\"width\":")
            buffer.appendInteger(image.width)
            buffer.append(",\"height\":")
            buffer.appendInteger(image.height)
            buffer.append("}")
        }
        buffer.append(",\"state\":2,\"type\":1},\"regions\":[")
        var isFirst = true
        for annotation in dataset.annotations(ofImage: row) {
            guard let box = dataset.writableBox(annotation) else { continue }
            buffer.append(isFirst ? "\n" : ",\n")
            isFirst = false
            appendRegion(annotation, box, of: dataset, to: &buffer)
        }
        buffer.append("],\"version\":\"2.2.0\"}")
    }

    private static func appendRegion(_ row: Int, _ box: Box, of dataset: Dataset, to buffer: inout ByteBuffer) {
        let fields = dataset.fields(ofAnnotation: row)
        let polygons = fields.polygons
        let polygon = polygons.count == 1 && polygons == fields.usablePolygons ? polygons[0] : nil
        buffer.append("{\"id\":\"")
        buffer.appendInteger(row)
        buffer.append(polygon == nil ? "\",\"type\":\"RECTANGLE\",\"tags\":[" : "\",\"type\":\"POLYGON\",\"tags\":[")
        buffer.appendString(dataset.categories[Int(dataset.annotations.categories[row])].name)
        buffer.append("],\"boundingBox\":{\"height\":")
        buffer.appendDouble(box.height)
        buffer.append(",\"width\":")
        buffer.appendDouble(box.width)
        buffer.append(",\"left\":")
        buffer.appendDouble(box.x)
        buffer.append(",\"top\":")
        buffer.appendDouble(box.y)
        buffer.append("},\"points\":[")
        let (x2, y2) = box.farCorner
        let points = polygon ?? [box.x, box.y, x2, box.y, x2, y2, box.x, y2]
        for index in stride(from: 0, to: points.count - 1, by: 2) {
            buffer.append(index == 0 ? "{\"x\":" : ",{\"x\":")
            buffer.appendDouble(points[index])
            buffer.append(",\"y\":")
            buffer.appendDouble(points[index + 1])
            buffer.append("}")
        }
        buffer.append("]}")
    }
}
