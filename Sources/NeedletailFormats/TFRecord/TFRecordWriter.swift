import NeedletailDatasets
import NeedletailGeometry
import NeedletailImages
import NeedletailSystem

/// Writes the examples of a dataset, with the image files that are there.
struct TFRecordWriter {
    let dataset: Dataset
    /// Of the images, relative to a folder.
    let names: [String]
    let classes: ClassIndices

    /// - Throws: ``AnnotationError`` when a box cannot be written because the size of its image is not known.
    func record(_ row: Int) throws -> [UInt8] {
        let image = dataset.images[row]
        var example = TFExampleWriter()
        example.add("image/filename", texts: [image.fileName])
        example.add("image/source_id", texts: ["\(image.id.integer.map { "\($0)" } ?? image.fileName)"])
        if image.hasSize {
            example.add("image/height", integers: [image.height])
            example.add("image/width", integers: [image.width])
        }
        let path = dataset.imagePath(ofImage: row)
        if Folder.exists(path) {
            let bytes = try ImageFile.bytes(of: path)
            example.add("image/encoded", [bytes])
            let format = (try? ImageInformation(bytes: bytes))?.format
            example.add("image/format", texts: [format?.rawValue ?? ""])
        }
        let boxes = dataset.annotations(ofImage: row).compactMap { annotation in
            dataset.writableBox(annotation).map { (row: annotation, box: $0) }
        }
        guard !boxes.isEmpty else { return example.record }
        let (width, height) = try dataset.knownSize(ofImage: row)
        let records = boxes.map { dataset.annotations[$0.row] }
        example.add("image/object/bbox/xmin", boxes.map { Float($0.box.x / width) })
        example.add("image/object/bbox/ymin", boxes.map { Float($0.box.y / height) })
        example.add("image/object/bbox/xmax", boxes.map { Float($0.box.farCorner.x / width) })
        example.add("image/object/bbox/ymax", boxes.map { Float($0.box.farCorner.y / height) })
        example.add("image/object/class/text", texts: records.map { dataset.categories[$0.category].name })
        example.add("image/object/class/label", integers: records.map { classes.ofRow[$0.category] + 1 })
        example.add("image/object/area", records.map { Float($0.resolvedArea) })
        if records.contains(where: \.isCrowd) {
            example.add("image/object/is_crowd", integers: records.map { $0.isCrowd ? 1 : 0 })
        }
        if records.contains(where: \.isDifficult) {
            example.add("image/object/difficult", integers: records.map { $0.isDifficult ? 1 : 0 })
        }
        return example.record
    }
}
