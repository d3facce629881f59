/// Pascal VOC.
enum VOCFormat: DatasetCodec {
    static let isFolder = true

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "Pascal VOC")
        capabilities.difficult = true
        capabilities.splits = true
        capabilities.annotationFields = ["truncated", "occluded", "pose"]
        return capabilities
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        try VOCReader.read(
            path, split: options.split, images: options.images, origin: options.vocOrigin,
            isLenient: options.isLenient)
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {}
}
