/// Reads a YOLO dataset in Ultralytics' layout.
///
/// A class number is its category's identifier. Images come in the order of the splits and of their names.
struct YOLOReader {
    private let configuration: YOLOConfiguration
    private let options: ReadingOptions
    private let sizes: ImageSizes

    /// One image with its labels.
    private struct Item {
        /// Where the image is, or where it would be.
        var image: String
        var labels: String
        var split: String
    }

    /// - Parameter path: `dataset.yaml`, or the folder with `images` and `labels`.
    init(_ path: String, _ options: ReadingOptions) throws {
        configuration = try Folder.isFolder(path) ? YOLOConfiguration(folder: path) : YOLOConfiguration(yaml: path)
        self.options = options
        sizes = ImageSizes(known: options.knownImages)
    }

    func read() throws -> Dataset {
        let splits = try chosenSplits()
        var items: [Item] = []
        var seen: Set<String> = []
        for split in splits {
            for entry in split.entries {
                for item in try self.items(of: entry, split: split.name) where seen.insert(item.image).inserted {
                    items.append(item)
                }
            }
        }
        var provenance = Dataset.Provenance(path: configuration.file, format: .yolo)
        provenance.split = options.split
        var builder = DatasetBuilder(provenance: provenance)
        let root = options.images ?? Self.commonFolder(of: items.map(\.image))
        builder.imageFolder = root
        let writesSplit = options.split == nil && splits.count > 1
        let batches = try ParallelReading.batches(items.count, firstSource: 0, isLenient: options.isLenient) {
            try read(items[$0], root: root, writesSplit: writesSplit, into: $1)
        }
        // Without names the numbers are all there is.
        let numbers = Set(batches.flatMap(\.categoryNames)).compactMap { Int($0) }.sorted()
        let names = configuration.names.isEmpty ? numbers.map { ($0, "\($0)") } : configuration.names
        builder.categories = names.map { Category(id: .integer($0), name: $1) }
        let rows = Dictionary(names.enumerated().map { ("\($1.0)", $0) }) { first, _ in first }
        builder.append(batches, categoryRows: rows)
        return builder.build()
    }

    private func chosenSplits() throws -> [(name: String, entries: [String])] {
        guard let split = options.split else {
            guard configuration.splits.isEmpty else { return configuration.splits }
            throw AnnotationError(
                .notFound, file: configuration.file, problem: "neither train, val nor test is given",
                remedy: "Add the folder of the images, as train: images/train")
        }
        let alike = ["valid": "val", "validation": "val"]
        let chosen = configuration.splits.filter { $0.name == split || (alike[$0.name] ?? $0.name) == alike[split] }
        guard chosen.isEmpty else { return chosen }
        throw AnnotationError(
            .notFound, file: configuration.file, problem: "there is no split \(split)",
            remedy: "It has \(configuration.splits.map(\.name).joined(separator: ", "))")
    }

    // MARK: Images

    private func items(of entry: String, split: String) throws -> [Item] {
        guard let location = configuration.location(of: entry) else {
            throw AnnotationError(
                .notFound, file: configuration.file, problem: "\(split) is \(entry), which is not there",
                remedy: "Correct the path; it is looked for from the folder of this file and from its path")
        }
        if !Folder.isFolder(location), Folder.exists(location) { return try items(ofList: location, split: split) }
        let labels = YOLOConfiguration.labelPath(location)
        let images = Folder.files(below: location).filter(ImageFolderListing.isImage)
        var items = images.map { name in
            Item(image: "\(location)/\(name)", labels: "\(labels)/\(Folder.stem(of: name)).txt", split: split)
        }
        guard images.isEmpty else { return items }
        for name in Folder.files(below: labels) where name.hasSuffix(".txt") && name != "classes.txt" {
            let stem = String(name.dropLast(4))
            let image = options.knownImages?.image(ofStem: stem).map { Folder.fileName(of: $0.fileName) }
            let listed = image.map { Folder.join(Folder.parent(of: stem), $0) } ?? "\(stem).jpg"
            items.append(Item(image: "\(location)/\(listed)", labels: "\(labels)/\(name)", split: split))
        }
        return items
    }

    private func items(ofList list: String, split: String) throws -> [Item] {
        let folder = Folder.parent(of: list)
        return TextLines(try ByteSource(reading: list)).compactMap { line in
            let name = String(line.string.trimmingSpaces().map { $0 == "\\" ? "/" : $0 })
            guard !name.isEmpty else { return nil }
            var image = name
            if name.hasPrefix("./") { image = "\(folder)/\(name.dropFirst(2))" }
            if !image.hasPrefix("/"), !name.hasPrefix("./") {
                image = configuration.location(of: name) ?? "\(folder)/\(name)"
            }
            let labels = YOLOConfiguration.labelPath(Folder.parent(of: image))
            let stem = Folder.stem(of: Folder.fileName(of: image))
            return Item(image: image, labels: "\(labels)/\(stem).txt", split: split)
        }
    }

    /// The deepest folder that all paths are in.
    private static func commonFolder(of paths: [String]) -> String {
        guard let first = paths.first else { return "." }
        var common = Folder.parent(of: first)
        for path in paths where !path.hasPrefix(common + "/") {
            while common != ".", common != "/", !path.hasPrefix(common + "/") { common = Folder.parent(of: common) }
        }
        return common
    }

    // MARK: Labels

    private func read(
        _ item: Item, root: String, writesSplit: Bool, into batch: RecordBatch
    ) throws {
        let isInside = options.images == nil && item.image.hasPrefix(root + "/")
        let name = isInside ? String(item.image.dropFirst(root.count + 1)) : Folder.fileName(of: item.image)
        let path = isInside ? item.image : "\(root)/\(name)"
        let size = try sizes.size(of: name, at: path, for: item.labels)
        if writesSplit { batch.extras.add("split", item.split) }
        batch.addImage(name: name, width: size.width, height: size.height, describedIn: item.labels)
        guard Folder.exists(item.labels) else { return }
        let labels = YOLOLabels(
            width: Double(size.width), height: Double(size.height),
            numbers: configuration.names.isEmpty ? nil : Set(configuration.names.map(\.number)))
        try labels.read(try ByteSource(reading: item.labels), into: batch, isLenient: options.isLenient)
    }
}
