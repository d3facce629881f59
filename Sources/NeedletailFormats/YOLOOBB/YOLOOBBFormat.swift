import NeedletailDatasets
import NeedletailSystem

/// Ultralytics' layout with the four corners of turned boxes in each row.
///
/// Such rows are read as any of a YOLO dataset: as polygons, with their extent as the box.
enum YOLOOBBFormat: DatasetCodec {
    static let isFolder = true

    static var capabilities: FormatCapabilities {
        var capabilities = YOLOFormat.capabilities
        capabilities.title = "YOLO OBB (turned boxes)"
        capabilities.polygons = false
        capabilities.coordinates = "four corners as shares of the image, to 1e-10 pixels"
        return capabilities
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        try YOLOFormat.read(path, options)
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        try YOLOWriter(dataset, options, writesCorners: true).write(to: path)
    }
}
