import NeedletailDatasets

/// Ultralytics' layout of a YOLO dataset.
enum YOLOFormat: DatasetCodec {
    static let isFolder = true

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "YOLO (Ultralytics)")
        capabilities.imageSizes = false
        capabilities.unusedCategories = true
        capabilities.polygons = true
        capabilities.scores = true
        capabilities.splits = true
        capabilities.coordinates = "shares of the image, to 1e-10 pixels"
        return capabilities
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        try YOLOReader(path, options).read()
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        try YOLOWriter(dataset, options).write(to: path)
    }
}
