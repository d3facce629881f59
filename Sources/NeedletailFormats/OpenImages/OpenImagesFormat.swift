import NeedletailDatasets
import NeedletailGeometry

/// Open Images: tables of boxes as shares of the image, one for each split, and names of classes in a table of their own.
///
/// `IsGroupOf` is a crowd. Images without boxes stand in a list of images.
enum OpenImagesFormat: DatasetCodec {
    static let isFolder = true

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "Open Images CSV")
        capabilities.imageSizes = false
        capabilities.unusedCategories = true
        capabilities.crowds = true
        capabilities.splits = true
        capabilities.annotationFields = Set(fields.map(\.name))
        capabilities.coordinates = "shares of the image, to 1e-10 pixels"
        return capabilities
    }

    /// Columns beside the image, the class, the box and `IsGroupOf`, and what stands there when nothing is known.
    static let fields: [(name: String, unknown: String)] = [
        ("Source", ""), ("Confidence", "1"), ("IsOccluded", "-1"), ("IsTruncated", "-1"), ("IsDepiction", "-1"),
        ("IsInside", "-1"),
    ]

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        try OpenImagesReader(path, options).read()
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        try OpenImagesWriter(dataset, options).write(to: path)
    }
}
