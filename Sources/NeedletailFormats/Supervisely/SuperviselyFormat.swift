import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// Supervisely: a project with `meta.json`, and folders of datasets with `img` and `ann`, where each image has a JSON file of its
/// name and `.json`.
///
/// Datasets that are called after splits are splits. Where `meta.json` lists the classes, they stand in its order.
enum SuperviselyFormat: DatasetCodec {
    static let isFolder = true

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "Supervisely project")
        capabilities.unusedCategories = true
        capabilities.polygons = true
        capabilities.splits = true
        capabilities.annotationFields = ["tags"]
        capabilities.imageFields = ["tags"]
        capabilities.hasFileForEachImage = true
        return capabilities
    }

    static var marks: [JSONMark] { [JSONMark(.object, ["size", "objects"])] }

    static func isLayout(_ folder: String, names: [String]) throws -> Bool {
        try names.contains("meta.json") && !datasets(in: folder).isEmpty
            && (TextHead("\(folder)/meta.json")?.lines.contains { $0.contains("\"classes\"") } ?? false)
    }

    /// The folders that hold a folder `ann`, relative to the project's; datasets may be in datasets.
    private static func datasets(in folder: String) throws -> [String] {
        if Folder.isFolder("\(folder)/ann") { return [""] }
        return try Folder.folders(in: folder).prefix(1000).flatMap { name -> [String] in
            if Folder.isFolder("\(folder)/\(name)/ann") { return [name] }
            return try Folder.folders(in: "\(folder)/\(name)").prefix(64).map { "\(name)/\($0)" }
                .filter { Folder.isFolder("\(folder)/\($0)/ann") }
        }
    }

    private struct Item {
        var file: String
        var image: String
        var split: String?
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        var items: [Item] = []
        let isFolder = Folder.isFolder(path)
        let datasets = try isFolder ? self.datasets(in: path) : []
        // Images of one dataset are called as they are in its folder.
        let images = datasets.count == 1 ? FilePath.join(datasets[0].isEmpty ? "." : datasets[0], "img") : nil
        for name in datasets {
            let split = name.split(separator: "/").lazy.compactMap { SplitName.usual($0) }.first
            if let wanted = options.split, split.map({ !SplitName.isSame($0, wanted) }) ?? true { continue }
            let prefix = name.isEmpty ? "" : "\(name)/"
            for file in try Folder.files(below: "\(path)/\(prefix)ann") where file.hasSuffix(".json") {
                items.append(
                    Item(
                        file: "\(path)/\(prefix)ann/\(file)",
                        image: (images == nil ? "\(prefix)img/" : "") + file.dropLast(5),
                        split: datasets.count > 1 ? split : nil))
            }
        }
        // The annotations of single images, beside nothing that describes them.
        if datasets.isEmpty {
            let files =
                try isFolder ? Folder.files(below: path).filter { $0.hasSuffix(".json") && $0 != "meta.json" } : [path]
            items = files.map {
                Item(file: isFolder ? "\(path)/\($0)" : $0, image: String(FilePath.fileName(of: $0).dropLast(5)))
            }
        }
        guard !items.isEmpty else {
            throw AnnotationError(
                .notFound, file: path, problem: "there are no annotations in folders called ann",
                remedy: "Give the folder of the project, with meta.json")
        }
        var builder = DatasetBuilder(provenance: Dataset.Provenance(path: path, format: .supervisely))
        builder.imageFolder =
            options.images ?? images.map { "\(path)/\($0)" } ?? (isFolder ? path : FilePath.parent(of: path))
        for name in try classes(path) where !builder.categories.contains(where: { $0.name == name }) {
            builder.categories.append(Category(id: .integer(builder.categories.count + 1), name: name))
        }
        let batches = try ParallelReading.batches(items.count, firstSource: 0, isLenient: options.isLenient) {
            let item = items[$0]
            if let split = item.split { $1.extras.add("split", split) }
            try SuperviselyReader(batch: $1, isLenient: options.isLenient).read(item.file, image: item.image)
        }
        builder.append(batches)
        return builder.build()
    }

    /// What `meta.json` lists.
    private static func classes(_ path: String) throws -> [String] {
        let file = "\(path)/meta.json"
        guard Folder.exists(file) else { return [] }
        let source = try ByteSource.annotations(file, as: .json)
        var names: [String] = []
        try JSONObjectReader.read(source, into: RecordBatch(source: 0), isLenient: false) { json in
            try json.forEach("classes") { names.append(try $0.required("title", $0.string("title"))) }
        }
        return names
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        let splits = dataset.splits(otherwise: options.split)
        let names = try OutputNames(dataset) { "\(splits[$0])/img" }
        let places = names.images.indices.map { (split: splits[$0], name: names.images[$0]) }
        try ImageFileWriter(folder: path, files: places.map { "\($0.split)/ann/\($0.name).json" })
            .write(dataset) { row, buffer in
                SuperviselyWriter(dataset: dataset).appendDocument(row, to: &buffer)
                return true
            }
        try ImagePlacement(dataset, options.images).place(places.map { "\($0.split)/img/\($0.name)" }, in: path)
        var file = try AtomicFile(path: "\(path)/meta.json")
        file.write { (buffer: inout ByteBuffer) in
            buffer.append("{\"classes\":[")
            for (place, category) in dataset.categories.enumerated() {
                buffer.append(place == 0 ? "\n{\"title\":" : ",\n{\"title\":")
                buffer.appendString(category.name)
                buffer.append(",\"shape\":\"any\",\"color\":\"#208020\",\"geometry_config\":{},\"id\":")
                buffer.appendInteger(place + 1)
                buffer.append(",\"hotkey\":\"\"}")
            }
            buffer.append("],\"tags\":[],\"projectType\":\"images\"}\n")
        }
        try file.commit()
    }
}
