import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// Hugging Face's folder of images: `metadata.jsonl`, in the folder or in one for each split, a line of JSON for each image with
/// `objects` of lists, `{"bbox": [[x, y, width, height]], "category": ["cat"]}`.
///
/// Categories may be numbers, which nothing there explains; they are called by them.
enum HuggingFaceFormat: DatasetCodec {
    static let isFolder = true

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "Hugging Face imagefolder (metadata.jsonl)")
        capabilities.splits = true
        return capabilities
    }

    private static let fileName = "metadata.jsonl"
    private static let categoryKeys: [StaticString] = [
        "category", "categories", "category_id", "label", "labels", "class", "classes", "name",
    ]
    private static let boxKeys: [StaticString] = ["bbox", "bboxes", "boxes", "box"]

    static var marks: [JSONMark] { [JSONMark(.object, ["file_name", "objects"])] }

    /// The folders with metadata, relative to the dataset's.
    private static func parts(in folder: String) throws(FileError) -> [String] {
        if Folder.exists("\(folder)/\(fileName)") { return [""] }
        let found = try Folder.folders(in: folder).prefix(1000).filter { Folder.exists("\(folder)/\($0)/\(fileName)") }
        guard found.isEmpty, Folder.isFolder("\(folder)/data") else { return Array(found) }
        return try parts(in: "\(folder)/data").map { $0.isEmpty ? "data" : "data/\($0)" }
    }

    static func isLayout(_ folder: String, names: [String]) throws -> Bool {
        try parts(in: folder).contains { part in
            TextHead("\(folder)/\(part)/\(fileName)")?.lines.contains { $0.contains("\"objects\"") } ?? false
        }
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let isFolder = Folder.isFolder(path)
        var parts = try isFolder ? self.parts(in: path) : [""]
        if let split = options.split, isFolder {
            parts = parts.filter { SplitName.isSame(FilePath.fileName(of: $0), split) }
        }
        guard !parts.isEmpty else {
            throw AnnotationError(
                .notFound, file: path,
                problem: "there is no \(fileName)" + (options.split.map { " for the split \($0)" } ?? ""),
                remedy: "Give the folder that holds it, or folders of splits with one each")
        }
        var builder = DatasetBuilder(provenance: Dataset.Provenance(path: path, format: .huggingface))
        builder.provenance.split = options.split
        var batches: [RecordBatch] = []
        for (place, part) in parts.enumerated() {
            let file = isFolder ? FilePath.join(path, part.isEmpty ? fileName : "\(part)/\(fileName)") : path
            let batch = RecordBatch(source: place)
            let source = try ByteSource.annotations(file, as: .json)
            try JSONListReader.readObjects(source, into: batch, isLenient: options.isLenient) {
                let split = FilePath.fileName(of: part)
                if parts.count > 1 { batch.extras.add("split", SplitName.usual(split) ?? split) }
                try readLine($0, prefix: parts.count > 1 ? "\(part)/" : "", into: batch)
            }
            batches.append(batch)
        }
        let folder = isFolder ? path : FilePath.parent(of: path)
        builder.imageFolder = options.images ?? (parts.count > 1 || parts[0].isEmpty ? folder : "\(folder)/\(parts[0])")
        // Numbers are the classes' own.
        let names = Set(batches.flatMap(\.categoryNames))
        if names.allSatisfy({ Int($0) != nil }) {
            builder.categories = names.compactMap { name in Int(name).map { Category(id: .integer($0), name: name) } }
                .sorted { ($0.id, $0.name) < ($1.id, $1.name) }
            for row in builder.categories.indices {
                builder.remarks.append(
                    ReadingRemark(.unnamedCategory, .category, row: row, "\(fileName) has its number alone"))
            }
        }
        builder.append(batches)
        return builder.build()
    }

    private static func readLine(_ line: JSONMembers, prefix: String, into batch: RecordBatch) throws {
        let name = try line.required("file_name", line.string("file_name"))
        line.addOthers(than: ["file_name", "image_id", "width", "height", "objects"], to: batch.extras)
        batch.addImage(name: prefix + name, width: try line.size("width"), height: try line.size("height"))
        guard let objects = try line.object("objects"), let boxKey = boxKeys.first(where: objects.has) else { return }
        var boxes: [Box?] = []
        try objects.forEach(boxKey) { boxes.append(try $0.readBox()) }
        var names: [String] = []
        if let key = categoryKeys.first(where: objects.has) {
            try objects.forEach(key) { json in
                names.append(try json.peek() == .string ? json.readString() : "\(try json.readInteger())")
            }
            guard names.count == boxes.count else {
                throw RecordProblem(
                    offset: objects.start, problem: "there are \(boxes.count) boxes and \(names.count) categories",
                    remedy: "Give each box a category")
            }
        }
        let areas = try objects.has("area") ? objects.doubles("area") : []
        for (place, box) in boxes.enumerated() {
            batch.addObject(
                category: batch.category(called: names.isEmpty ? nil : names[place]), box: box,
                area: areas.count == boxes.count && areas[place].isFinite ? areas[place] : nil)
        }
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        let splits = dataset.splits(otherwise: options.split)
        let names = try OutputNames(dataset) { splits[$0] }
        for split in Set(splits).sorted() {
            try FolderTree.make("\(path)/\(split)")
            var file = try AtomicFile(path: "\(path)/\(split)/\(fileName)")
            file.write { (buffer: inout ByteBuffer) in
                for row in splits.indices where splits[row] == split {
                    append(row, name: names.images[row], of: dataset, to: &buffer)
                }
            }
            try file.commit()
        }
        let places = names.images.indices.map { "\(splits[$0])/\(names.images[$0])" }
        try ImagePlacement(dataset, options.images).place(places, in: path)
    }

    private static func append(_ row: Int, name: String, of dataset: Dataset, to buffer: inout ByteBuffer) {
        let image = dataset.images[row]
        let boxes = dataset.annotations(ofImage: row).filter { dataset.writableBox($0) != nil }
        buffer.append("{\"file_name\":")
        buffer.appendString(name)
        if image.hasSize {
            buffer.append(",\"width\":")
            buffer.appendInteger(image.width)
            buffer.append(",\"height\":")
            buffer.appendInteger(image.height)
        }
        func list(_ key: StaticString, _ append: (Int, inout ByteBuffer) -> Void, to buffer: inout ByteBuffer) {
            buffer.append("\"")
            buffer.append(key)
            buffer.append("\":[")
            for (place, annotation) in boxes.enumerated() {
                if place > 0 { buffer.append(",") }
                append(annotation, &buffer)
            }
            buffer.append("]")
        }
        buffer.append(",\"objects\":{")
        list("bbox", { if let box = dataset.writableBox($0) { $1.appendBox(box) } }, to: &buffer)
        buffer.append(",")
        list(
            "category", { $1.appendString(dataset.categories[Int(dataset.annotations.categories[$0])].name) },
            to: &buffer)
        buffer.append("}}\n")
    }
}
