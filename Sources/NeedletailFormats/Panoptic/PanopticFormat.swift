import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// COCO's panoptic segmentation: `segments_info` of each image, and a folder beside the file and of its name with a PNG for
/// each image, whose colours are the numbers of the segments.
enum PanopticFormat: DatasetCodec {
    static let isFolder = true

    /// No two segments share a pixel there, and every pixel is whole, so that outlines are not those that were written.
    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "COCO panoptic JSON, with pictures of outlines to whole pixels")
        capabilities.imageIDs = true
        capabilities.categoryIDs = true
        capabilities.unusedCategories = true
        capabilities.crowds = true
        capabilities.areas = true
        capabilities.splits = true
        capabilities.imageFields = nil
        capabilities.annotationFields = ["segment_id"]
        capabilities.madeUpFields = ["segment_id"]
        return capabilities
    }

    /// Whether beside a file lies a folder of its name, as one with the pictures does.
    static func hasPictures(_ file: String) -> Bool { Folder.isFolder(FilePath.stem(of: file)) }

    /// Whether a file of a folder that was written is one of the pictures.
    static func isPicture(_ file: String) -> Bool {
        file.hasPrefix("annotations/panoptic_") && file.hasSuffix(".png")
    }

    /// The files of a folder, and where they are.
    private static func files(_ folder: String) throws(FileError) -> [String] {
        for place in ["\(folder)/annotations", folder] {
            let files = try Folder.names(in: place, ending: ".json").map { "\(place)/\($0)" }.filter(hasPictures)
            if !files.isEmpty { return files }
        }
        return []
    }

    static func isLayout(_ folder: String, names: [String]) throws -> Bool {
        guard let file = try files(folder).first, FilePath.fileName(of: file).hasPrefix("panoptic_") else {
            return false
        }
        let place = FilePath.parent(of: file)
        return try Folder.names(in: place, ending: ".json").allSatisfy { hasPictures("\(place)/\($0)") }
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        var files = try Folder.isFolder(path) ? self.files(path) : [path]
        if let split = options.split, Folder.isFolder(path) {
            files = files.filter { SplitName.isSame(subset($0), split) }
        }
        guard !files.isEmpty else {
            throw AnnotationError(
                .notFound, file: path,
                problem: "there is no JSON file with a folder of pictures of its name"
                    + (options.split.map { " for the split \($0)" } ?? ""),
                remedy: "Give the file, or the folder in which its annotations lie")
        }
        var builder = DatasetBuilder(provenance: Dataset.Provenance(path: path, format: .panoptic))
        builder.provenance.split = options.split
        var batches: [RecordBatch] = []
        for (place, file) in files.enumerated() {
            let batch = RecordBatch(source: place)
            let split = files.count > 1 ? subset(file) : nil
            let reader = PanopticReader(file: file, batch: batch, isLenient: options.isLenient, split: split)
            for category in try reader.read() where !builder.categories.contains(where: { $0.id == category.id }) {
                builder.categories.append(category)
            }
            batches.append(batch)
        }
        let images = files.count > 1 ? "\(path)/images" : "\(path)/images/\(subset(files[0]))"
        builder.imageFolder = options.images ?? (Folder.isFolder(images) ? images : FilePath.parent(of: files[0]))
        builder.append(batches)
        return builder.build()
    }

    /// `val2017` of `panoptic_val2017.json`.
    private static func subset(_ file: String) -> String {
        let stem = FilePath.stem(of: FilePath.fileName(of: file))
        return stem.hasPrefix("panoptic_") ? String(stem.dropFirst(9)) : stem
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        let splits = dataset.splits(otherwise: options.split)
        let names = try OutputNames(dataset) { splits[$0] }
        let pictures = try names.files(of: dataset, ending: ".png") { "panoptic_\(splits[$0])/" }
        for folder in Set(pictures.map(FilePath.parent) + splits.map { "panoptic_\($0)" }).sorted() {
            try FolderTree.make("\(path)/annotations/\(folder)")
        }
        for split in Set(splits).sorted() {
            let rows = splits.indices.filter { splits[$0] == split }
            try PanopticWriter(dataset: dataset, names: names.images, pictures: pictures)
                .write(rows, split: split, to: "\(path)/annotations")
        }
        let places = names.images.indices.map { "images/\(splits[$0])/\(names.images[$0])" }
        try ImagePlacement(dataset, options.images).place(places, in: path)
    }
}

extension JSONMembers {
    func identifier(_ key: StaticString) throws(JSONError) -> RecordID? {
        guard var json = try reader(key) else { return nil }
        return try json.readID()
    }
}
