import NeedletailDatasets
import NeedletailSystem

/// Label Studio's JSON and JSON-MIN: a list of tasks with their regions in percent of the image.
///
/// Regions of every annotator count unless one is marked as the ground truth, cancelled ones not; predictions only where
/// nobody annotated. A region without a label has the class of its choice, or else `object`.
enum LabelStudioFormat: DatasetCodec {
    static let isFolder = false

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "Label Studio JSON")
        capabilities.imageSizes = false
        capabilities.imageIDs = true
        capabilities.polygons = true
        capabilities.scores = true
        capabilities.annotationFields = [
            "rotation", "unrotated", "shape", "cx", "cy", "rx", "ry", "points",
        ]
        capabilities.imageFields = ["data"]
        capabilities.coordinates = "percent of the image, to 1e-10 pixels"
        return capabilities
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let source = try ByteSource.annotations(path, as: .json)
        let batch = RecordBatch(source: 0)
        let images = LooseImages(path, options)
        let reader = LabelStudioReader(batch: batch, images: images)
        try JSONListReader.read(source, into: batch, isLenient: options.isLenient, { try reader.readTask($0) })
        return images.dataset(batch, format: .labelstudio)
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        try LabelStudioWriter(dataset).write(to: path)
    }
}
