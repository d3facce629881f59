import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem

/// Apple's Create ML: a JSON list of images with boxes given by their centre, in pixels.
///
/// Both spellings are read: `image` with `annotations`, and `imagefilename` with `annotation`.
enum CreateMLFormat: DatasetCodec {
    static let isFolder = false

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "Create ML JSON")
        capabilities.imageSizes = false
        capabilities.coordinates = "centre and size in pixels, all digits"
        return capabilities
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let source = try ByteSource.annotations(path, as: .json)
        let batch = RecordBatch(source: 0)
        try JSONListReader.read(
            source, into: batch, isLenient: options.isLenient, { try readImage($0, into: batch) })
        return LooseImages(path, options).dataset(batch, format: .createml)
    }

    private static func readImage(_ members: JSONMembers, into batch: RecordBatch) throws {
        let key: StaticString = members.has("image") ? "image" : "imagefilename"
        let name = try members.required(key, members.string(key))
        members.addOthers(than: ["image", "imagefilename", "annotations", "annotation"], to: batch.extras)
        batch.addImage(name: name, width: 0, height: 0)
        try members.forEach(members.has("annotations") ? "annotations" : "annotation") { json in
            let annotation = try members.inner(&json)
            let label = try annotation.required("label", annotation.string("label"))
            let coordinates = try annotation.required("coordinates", annotation.object("coordinates"))
            let width = try coordinates.required("width", coordinates.double("width"))
            let height = try coordinates.required("height", coordinates.double("height"))
            let x = try coordinates.required("x", coordinates.double("x"))
            let y = try coordinates.required("y", coordinates.double("y"))
            annotation.addOthers(than: ["label", "coordinates"], to: batch.extras)
            batch.addObject(
                category: batch.category(called: label),
                box: Box(x: (x - width / 2).derived, y: (y - height / 2).derived, width: width, height: height))
        }
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        var file = try AtomicFile(path: path)
        file.write { (buffer: inout ByteBuffer) in
            buffer.append("[")
            for row in 0..<dataset.images.count {
                buffer.append(row == 0 ? "\n{\"image\":" : ",\n{\"image\":")
                buffer.appendString(dataset.images.fileNames[row])
                buffer.append(",\"annotations\":[")
                var isFirst = true
                for annotation in dataset.annotations(ofImage: row) {
                    guard let box = dataset.writableBox(annotation) else { continue }
                    buffer.append(isFirst ? "\n  {\"label\":" : ",\n  {\"label\":")
                    isFirst = false
                    buffer.appendString(dataset.categories[Int(dataset.annotations.categories[annotation])].name)
                    buffer.append(",\"coordinates\":{\"x\":")
                    buffer.appendDouble((box.x + box.width / 2).derived)
                    buffer.append(",\"y\":")
                    buffer.appendDouble((box.y + box.height / 2).derived)
                    buffer.append(",\"width\":")
                    buffer.appendDouble(box.width)
                    buffer.append(",\"height\":")
                    buffer.appendDouble(box.height)
                    buffer.append("}}")
                }
                buffer.append("]}")
            }
            buffer.append("\n]\n")
        }
        try file.commit()
    }
}
