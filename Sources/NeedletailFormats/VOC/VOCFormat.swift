import NeedletailDatasets

/// Pascal VOC.
enum VOCFormat: DatasetCodec {
    static let isFolder = true

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "Pascal VOC")
        capabilities.difficult = true
        capabilities.splits = true
        capabilities.annotationFields = Set(VOCWriter.objectFields.map { "\($0)" })
        capabilities.imageFields = Set(VOCWriter.imageFields.map { "\($0)" }).union(["depth"])
        capabilities.statesImageSizes = true
        capabilities.hasFileForEachImage = true
        return capabilities
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        try VOCReader.read(path, options)
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        try VOCWriter(dataset, options).write(to: path)
    }
}
