import NeedletailDatasets
import NeedletailSystem

/// LabelMe: a JSON file for each image, beside it.
///
/// The image that a file may hold inside (`imageData`) is left out.
enum LabelMeFormat: DatasetCodec {
    static let isFolder = true

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "LabelMe")
        capabilities.polygons = true
        capabilities.annotationFields = ["group_id", "description", "shape_type", "points", "flags", "score"]
        capabilities.madeUpFields = ["group_id"]
        capabilities.imageFields = ["flags"]
        capabilities.difficult = true
        capabilities.scores = true
        capabilities.hasFileForEachImage = true
        return capabilities
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let isFolder = Folder.isFolder(path)
        let root = isFolder ? path : FilePath.parent(of: path)
        let files =
            isFolder ? try Folder.files(below: path).filter { $0.hasSuffix(".json") } : [FilePath.fileName(of: path)]
        guard !files.isEmpty else {
            throw AnnotationError(
                .notFound, file: path, problem: "there are no JSON files", remedy: "Give the folder that holds them")
        }
        var builder = DatasetBuilder(provenance: Dataset.Provenance(path: path, format: .labelme))
        builder.imageFolder = options.images ?? root
        let batches = try ParallelReading.batches(files.count, firstSource: 0, isLenient: options.isLenient) {
            try LabelMeReader(options, batch: $1).read(files[$0], in: root)
        }
        builder.append(batches)
        return builder.build()
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        let names = try OutputNames(dataset)
        let files = try names.files(of: dataset, ending: ".json")
        try ImageFileWriter(folder: path, files: files).write(dataset) { row, buffer in
            LabelMeWriter(dataset).appendDocument(row, named: names.images[row], to: &buffer)
            return true
        }
        try ImagePlacement(dataset, options.images).place(names.images, in: path)
    }
}
