import NeedletailArchives
import NeedletailDatasets
import NeedletailGeometry
import NeedletailImages
import NeedletailSystem
import NeedletailText

/// Reads the file of one image of a Supervisely project.
struct SuperviselyReader {
    let batch: RecordBatch
    let isLenient: Bool

    func read(_ file: String, image: String) throws {
        let source = try ByteSource.annotations(file, as: .json)
        try JSONObjectReader.read(source, into: batch, isLenient: isLenient) { json in
            let size = try json.whole.object("size")
            addTags(of: json.whole)
            batch.addImage(
                name: image, width: try size?.size("width") ?? 0, height: try size?.size("height") ?? 0,
                describedIn: file)
            try json.forEach("objects") { try readObject($0) }
        }
    }

    private func addTags(of members: JSONMembers) {
        let tags = members.text("tags")
        if tags.count > 2 { batch.extras.add("tags", .json(tags)) }
    }

    private func readObject(_ object: JSONMembers) throws {
        let kind = try object.string("geometryType") ?? "rectangle"
        let category = batch.category(called: try object.string("classTitle"))
        // Some programs put them one object deeper.
        let points = try object.object("points") ?? object.object("geometry")?.object("points")
        let exterior = try points?.points("exterior") ?? []
        addTags(of: object)
        switch kind {
        case "rectangle":
            guard exterior.count == 4 else {
                throw RecordProblem(
                    offset: object.start, problem: "the rectangle has \(exterior.count / 2) points",
                    remedy: "Write its first and last corner as [[x, y], [x, y]]")
            }
            batch.addObject(
                category: category,
                box: Box(left: exterior[0], top: exterior[1], right: exterior[2], bottom: exterior[3]))
        case "polygon" where exterior.count >= 6:
            let holes = try points?.reader("interior").map { json -> Bool in
                var json = json
                try json.beginArray()
                return try json.nextElement()
            }
            if holes ?? false { batch.remarkOnNextObject(.contentLeftOut, "holes of a polygon") }
            batch.addPolygon(exterior, category: category)
        case "bitmap":
            batch.remarkOnNextObject(.boxFromShape, kind)
            batch.addObject(category: category, box: try Self.extent(ofMask: object))
        default:
            batch.remarkOnNextObject(.boxFromShape, kind)
            batch.addObject(category: category, box: Box(around: exterior))
        }
    }

    /// Where a mask lies: a PNG, packed and written in base 64, whose first corner is told beside it.
    private static func extent(ofMask object: JSONMembers) throws -> Box? {
        guard let bitmap = try object.object("bitmap") else { return nil }
        let origin = try bitmap.doubles("origin")
        guard origin.count == 2, let text = try bitmap.string("data"), let packed = Base64.decoded(text),
            let picture = packed.withUnsafeBytes({ try? Gzip.inflated($0, limit: 1 << 26) }) ?? nil,
            let information = try? ImageInformation(bytes: picture)
        else { return nil }
        return Box(x: origin[0], y: origin[1], width: Double(information.width), height: Double(information.height))
    }
}
