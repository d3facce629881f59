import NeedletailDatasets
import NeedletailSystem

/// COCO JSON.
enum COCOFormat: DatasetCodec {
    static let isFolder = false

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "COCO JSON")
        capabilities.imageIDs = true
        capabilities.annotationIDs = true
        capabilities.categoryIDs = true
        capabilities.unusedCategories = true
        capabilities.crowds = true
        capabilities.difficult = true
        capabilities.areas = true
        capabilities.polygons = true
        capabilities.scores = true
        capabilities.splits = true
        capabilities.annotationFields = nil
        capabilities.imageFields = nil
        return capabilities
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        if let split = options.split, !FilePath.fileName(of: path).contains(split) {
            throw AnnotationError(
                .notFound, file: path, problem: "a COCO file has no split \(split)",
                remedy: "Give the file of that split")
        }
        var dataset = try COCOReader.read(path, isLenient: options.isLenient)
        dataset.imageFolder = options.images ?? dataset.likelyImageFolder()
        return dataset
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        var writer = COCOWriter(dataset)
        try writer.write(to: path)
    }
}

extension Dataset {
    fileprivate func likelyImageFolder() -> String {
        let folder = FilePath.parent(of: provenance.path)
        let candidates = [folder, "\(folder)/images", "\(folder)/../images"]
        guard !images.isEmpty else { return folder }
        let name = images.fileNames[0]
        return candidates.first { Folder.exists("\($0)/\(name)") } ?? folder
    }
}
