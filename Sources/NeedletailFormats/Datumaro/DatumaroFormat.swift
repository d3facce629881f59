import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// Datumaro: `annotations` with a JSON file for each subset, images in a folder of `images` of the same name.
enum DatumaroFormat: DatasetCodec {
    static let isFolder = true

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "Datumaro JSON")
        capabilities.unusedCategories = true
        capabilities.polygons = true
        capabilities.crowds = true
        capabilities.splits = true
        capabilities.annotationFields = ["attributes"]
        return capabilities
    }

    static var marks: [JSONMark] { [JSONMark(.object, ["categories", "items"])] }

    /// The files of the subsets.
    private static func files(_ path: String) throws(FileError) -> [String] {
        guard Folder.isFolder(path) else { return [path] }
        let inside = try Folder.names(in: "\(path)/annotations", ending: ".json").map { "\(path)/annotations/\($0)" }
        return try inside.isEmpty ? Folder.names(in: path, ending: ".json").map { "\(path)/\($0)" } : inside
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        var files = try self.files(path).map { (file: $0, subset: FilePath.stem(of: FilePath.fileName(of: $0))) }
        if let split = options.split { files = files.filter { SplitName.isSame($0.subset, split) } }
        guard !files.isEmpty else {
            throw AnnotationError(
                .notFound, file: path,
                problem: "there is no JSON file in annotations" + (options.split.map { " for the split \($0)" } ?? ""),
                remedy: "Give the folder with annotations and images")
        }
        var builder = DatasetBuilder(provenance: Dataset.Provenance(path: path, format: .datumaro))
        builder.provenance.split = options.split
        var batches: [RecordBatch] = []
        for (place, file) in files.enumerated() {
            let batch = RecordBatch(source: place)
            let reader = DatumaroReader(
                batch: batch, isLenient: options.isLenient, split: files.count > 1 ? file.subset : nil)
            for name in try reader.read(file.file) where !builder.categories.contains(where: { $0.name == name }) {
                builder.categories.append(Category(id: .integer(builder.categories.count), name: name))
            }
            batches.append(batch)
        }
        let root = Folder.isFolder(path) ? path : FilePath.parent(of: FilePath.parent(of: FilePath.absolute(path)))
        let images = files.count == 1 ? "\(root)/images/\(files[0].subset)" : "\(root)/images"
        builder.imageFolder = options.images ?? images
        builder.append(batches)
        return builder.build()
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        let splits = dataset.splits(otherwise: options.split)
        let names = try OutputNames(dataset) { splits[$0] }
        try FolderTree.make("\(path)/annotations")
        for split in Set(splits).sorted() {
            let rows = splits.indices.filter { splits[$0] == split }
            try DatumaroWriter(dataset: dataset).write(rows, names.images, to: "\(path)/annotations/\(split).json")
        }
        let places = names.images.indices.map { "images/\(splits[$0])/\(names.images[$0])" }
        try ImagePlacement(dataset, options.images).place(places, in: path)
    }
}
