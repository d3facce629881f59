import NeedletailDatasets
import NeedletailSystem

/// COCO JSON.
enum COCOFormat: DatasetCodec {
    static let isFolder = false

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "COCO JSON")
        capabilities.statesImageSizes = true
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
        var dataset: Dataset
        do { dataset = try COCOReader.read(path, isLenient: options.isLenient) } catch is COCOReader.HoldsSegments {
            return try PanopticFormat.read(path, options)
        }
        dataset.imageFolder = options.images ?? FilePath.parent(of: path)
        guard let split = options.split else { return dataset }
        let name = FilePath.stem(of: FilePath.fileName(of: path))
        if name.contains(split) || SplitName.written(in: name).map({ SplitName.isSame($0, split) }) ?? false {
            return dataset
        }
        let rows = dataset.images.indices.filter { row in
            dataset.field("split", ofImage: row).map { SplitName.isSame($0, split) } ?? false
        }
        guard !rows.isEmpty else {
            throw AnnotationError(
                .notFound, file: path, problem: "the file has no split \(split)",
                remedy: "Give the file of that split, or read it without one")
        }
        return dataset.selecting(images: rows)
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        var writer = COCOWriter(dataset)
        try writer.write(to: path)
    }
}
