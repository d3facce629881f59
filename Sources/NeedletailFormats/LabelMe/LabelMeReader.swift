import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// Reads the LabelMe file of one image.
struct LabelMeReader {
    private let options: ReadingOptions
    private let batch: RecordBatch

    init(_ options: ReadingOptions, batch: RecordBatch) {
        self.options = options
        self.batch = batch
    }

    /// - Parameter file: Relative to `root`, which the images' names are relative to as well.
    func read(_ file: String, in root: String) throws {
        let source = try ByteSource.annotations("\(root)/\(file)", as: .json)
        var record: (list: String, index: Int, start: Int)?
        do {
            var json = JSONReader(source.bytes)
            let members = try JSONMembers(&json, in: source.bytes)
            try json.finish()
            try readImage(members, as: file, in: root)
            var index = 0
            try members.forEach("shapes") { json in
                json.skipWhitespace()
                record = ("shapes", index, json.offset)
                let shape = try JSONMembers(&json, in: source.bytes)
                do { try readShape(shape) } catch  where options.isLenient {
                    batch.refusals.append(AnnotationError(error, in: source, record: record))
                }
                index += 1
            }
        } catch { throw AnnotationError(error, in: source, record: record) }
    }

    private func readImage(_ members: JSONMembers, as file: String, in root: String) throws {
        // Written on another machine as often as not; where the annotations are the image is, too.
        let written = try members.string("imagePath")?.split { $0 == "/" || $0 == "\\" }.last.map(String.init)
        let name = FilePath.join(
            FilePath.parent(of: file), written ?? "\(FilePath.stem(of: FilePath.fileName(of: file))).jpg")
        members.addOthers(
            than: ["shapes", "imagePath", "imageData", "imageHeight", "imageWidth"], to: batch.extras)
        batch.addImage(
            name: name, width: try members.integer("imageWidth") ?? 0, height: try members.integer("imageHeight") ?? 0,
            describedIn: "\(root)/\(file)")
    }

    private func readShape(_ shape: JSONMembers) throws {
        let label = try shape.required("label", shape.string("label"))
        let points = try shape.points("points")
        let kind = try shape.string("shape_type") ?? (points.count == 4 ? "rectangle" : "polygon")
        shape.addOthers(than: ["label", "points", "shape_type"], to: batch.extras)
        let category = batch.category(label)
        switch kind {
        case "polygon" where points.count >= 6: batch.addPolygon(points, category: category)
        case "rectangle" where points.count == 4:
            batch.addObject(category: category, box: Box(around: points))
        default:
            batch.extras.add("shape_type", .text(kind))
            if let text = shape.members.last(where: { $0.key.equals("points") })?.value {
                batch.extras.add("points", .json(shape.text(text)))
            }
            batch.addObject(category: category, box: Self.extent(of: points, kind: kind))
        }
    }

    /// A circle is its centre and a point on its rim.
    private static func extent(of points: [Double], kind: String) -> Box? {
        guard kind == "circle", points.count == 4 else { return Box(around: points) }
        let dx = points[2] - points[0]
        let dy = points[3] - points[1]
        let radius = (dx * dx + dy * dy).squareRoot()
        return Box(
            x: (points[0] - radius).derived, y: (points[1] - radius).derived, width: (2 * radius).derived,
            height: (2 * radius).derived)
    }
}
