import NeedletailDatasets

/// CVAT for images 1.1: one XML file. CVAT for video is read, too.
enum CVATFormat: DatasetCodec {
    static let isFolder = false

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "CVAT for images XML (video is read, too)")
        capabilities.statesImageSizes = true
        capabilities.imageIDs = true
        capabilities.unusedCategories = true
        capabilities.polygons = true
        capabilities.splits = true
        capabilities.annotationFields = Set((CVATWriter.fields + CVATShape.kept.values.joined()).map { "\($0)" })
            .union([
                "attributes", "shape", "rotation", "unrotated", "cx", "cy", "rx", "ry", "keypoints", "num_keypoints",
                "keypoint_names",
            ])
        capabilities.imageFields = ["tags"]
        return capabilities
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        try CVATReader(path, options).read()
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        try CVATWriter(dataset).write(to: path)
    }
}
