import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// VGG Image Annotator: an object of files with their regions, alone or as a project.
///
/// The category is the region's attribute `class`, `label`, `name`, `category` or `type`, or the only one it has. A
/// region without attributes is of the category `object`.
enum VIAFormat: DatasetCodec {
    static let isFolder = false

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "VIA JSON")
        capabilities.imageSizes = false
        capabilities.polygons = true
        capabilities.scores = true
        capabilities.annotationFields = ["region_attributes", "shape_attributes"]
        capabilities.imageFields = ["size", "file_attributes"]
        return capabilities
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let source = try ByteSource.annotations(path, as: .json)
        let batch = RecordBatch(source: 0)
        let images = LooseImages(path, options)
        var record: (list: String, index: Int, start: Int)?
        do {
            var json = JSONReader(source.bytes)
            let whole = try JSONMembers(&json, in: source.bytes)
            try json.finish()
            let files = try whole.object("_via_img_metadata") ?? whole
            for (index, member) in files.members.enumerated() {
                record = ("files", index, member.value.lowerBound)
                var json = JSONReader(source.bytes, at: member.value.lowerBound)
                do {
                    try VIAReader(batch: batch).readFile(JSONMembers(&json, in: source.bytes))
                } catch  where options.isLenient {
                    batch.refusals.append(AnnotationError(error, in: source, record: record))
                }
            }
        } catch { throw AnnotationError(error, in: source, record: record) }
        return images.dataset(batch, format: .via)
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        var file = try AtomicFile(path: path)
        file.write { (buffer: inout ByteBuffer) in
            buffer.append("{")
            for row in 0..<dataset.images.count {
                buffer.append(row == 0 ? "\n" : ",\n")
                VIAWriter(dataset).appendFile(row, to: &buffer)
            }
            buffer.append("\n}\n")
        }
        try file.commit()
    }
}
