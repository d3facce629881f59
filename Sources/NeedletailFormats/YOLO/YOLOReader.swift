import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// Reads a YOLO dataset in Ultralytics' layout.
///
/// A class number is its category's identifier. Images come in the order of the splits and of their names.
struct YOLOReader {
    private let configuration: YOLOConfiguration
    private let options: ReadingOptions
    /// - Parameter path: `dataset.yaml`, or the folder with `images` and `labels`.
    init(_ path: String, _ options: ReadingOptions) throws {
        configuration = try Folder.isFolder(path) ? YOLOConfiguration(folder: path) : YOLOConfiguration(yaml: path)
        self.options = options
    }

    func read() throws -> Dataset {
        let splits = try chosenSplits()
        var items: [YOLOItem] = []
        var seen: Set<String> = []
        for split in splits {
            for entry in split.entries {
                for item in try self.items(of: entry, split: split.name) where seen.insert(item.image).inserted {
                    items.append(item)
                }
            }
        }
        return try YOLOItemReader(
            items: items, names: configuration.names, file: configuration.file, format: .yolo,
            writesSplit: options.split == nil && Set(items.map(\.split)).count > 1, options: options
        ).read()
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

    private func items(of entry: String, split: String) throws -> [YOLOItem] {
        guard let location = configuration.location(of: entry) else {
            throw AnnotationError(
                .notFound, file: configuration.file, problem: "\(split) is \(entry), which is not there",
                remedy: "Correct the path; it is looked for from the folder of this file and from its path")
        }
        if !Folder.isFolder(location), Folder.exists(location) { return try items(ofList: location, split: split) }
        let labels = YOLOConfiguration.labelPath(location)
        let images = Folder.files(below: location).filter(ImageFolderListing.isImage)
        var items = images.map { name in
            YOLOItem(image: "\(location)/\(name)", labels: "\(labels)/\(FilePath.stem(of: name)).txt", split: split)
        }
        guard images.isEmpty else { return items }
        for name in Folder.files(below: labels) where name.hasSuffix(".txt") && name != "classes.txt" {
            let stem = String(name.dropLast(4))
            let image = options.knownImages?.image(ofStem: stem).map { FilePath.fileName(of: $0.fileName) }
            let listed = image.map { FilePath.join(FilePath.parent(of: stem), $0) } ?? "\(stem).jpg"
            items.append(YOLOItem(image: "\(location)/\(listed)", labels: "\(labels)/\(name)", split: split))
        }
        return items
    }

    private func items(ofList list: String, split: String) throws -> [YOLOItem] {
        let folder = FilePath.parent(of: list)
        return TextLines(try ByteSource(reading: list)).compactMap { line in
            let name = String(line.string.trimmingSpaces().map { $0 == "\\" ? "/" : $0 })
            guard !name.isEmpty else { return nil }
            var image = name
            if name.hasPrefix("./") {
                image = "\(folder)/\(name.dropFirst(2))"
            } else if !name.hasPrefix("/") {
                image = configuration.location(of: name) ?? "\(folder)/\(name)"
            }
            let labels = YOLOConfiguration.labelPath(FilePath.parent(of: image))
            let stem = FilePath.stem(of: FilePath.fileName(of: image))
            return YOLOItem(image: image, labels: "\(labels)/\(stem).txt", split: split)
        }
    }
}
