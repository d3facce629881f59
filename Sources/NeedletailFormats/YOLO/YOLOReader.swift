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
        var remarks: [ReadingRemark] = []
        var missing: [AnnotationError] = []
        var entries: Set<String> = []
        for split in splits {
            for entry in split.entries {
                guard let location = configuration.location(of: entry) else {
                    missing.append(notThere(entry, of: split.name))
                    continue
                }
                let found = try self.items(in: location, split: split.name)
                // One folder may be several splits.
                if entries.insert(location).inserted { remarks += found.remarks }
                items += found.items.filter { seen.insert($0.image).inserted }
            }
        }
        // What nobody exported is no reason to refuse the rest, unless it was asked for.
        if let failure = missing.first, options.split != nil || items.isEmpty { throw failure }
        if let count = configuration.otherCount {
            remarks.append(
                ReadingRemark(
                    .classCount, file: configuration.file, record: "nc",
                    detail: "nc is \(count), and names has \(configuration.names.count)"))
        }
        remarks += missing.map {
            ReadingRemark(.missingSplit, file: $0.file, record: "entry", detail: $0.problem)
        }
        return try YOLOItemReader(
            items: items, names: configuration.names, namesFile: configuration.namesFile, pose: configuration.pose,
            file: configuration.file, format: .yolo,
            writesSplit: options.split == nil && Set(items.map(\.split)).count > 1, options: options, remarks: remarks
        ).read()
    }

    private func notThere(_ entry: String, of split: String) -> AnnotationError {
        AnnotationError(
            .notFound, file: configuration.file, problem: "\(split) is \(entry), which is not there",
            remedy: "Correct the path; it is looked for from the folder of this file and from its path")
    }

    private func chosenSplits() throws -> [(name: String, entries: [String])] {
        guard let split = options.split else {
            guard configuration.splits.isEmpty else { return configuration.splits }
            throw AnnotationError(
                .notFound, file: configuration.file, problem: "neither train, val nor test is given",
                remedy: "Add the folder of the images, as train: images/train")
        }
        let chosen = configuration.splits.filter { SplitName.isSame($0.name, split) }
        guard chosen.isEmpty else { return chosen }
        throw AnnotationError(
            .notFound, file: configuration.file, problem: "there is no split \(split)",
            remedy: "It has \(configuration.splits.map(\.name).joined(separator: ", "))")
    }

    // MARK: Images

    private func items(in location: String, split: String) throws -> (items: [YOLOItem], remarks: [ReadingRemark]) {
        if !Folder.isFolder(location), Folder.exists(location) {
            return try items(ofList: location, split: split)
        }
        let contents = try FolderContents(location)
        let images = contents.files.filter(ImageFileName.isImage)
        let stems = Set(images.map { FilePath.stem(of: $0) })
        let labels = try LabelPlaces.find(
            for: location, stems: stems, root: configuration.folder, file: configuration.file)
        var remarks = labels.remarks + ReadingRemark.remarks(on: contents, in: location)
        if !images.isEmpty {
            remarks += LabelPlaces.unmatched(labels.files, in: labels.folder, stems: stems)
            return (images.map { YOLOItem(image: $0, in: location, labels, split: split) }, remarks)
        }
        let items = labels.files.sorted().map { name -> YOLOItem in
            let stem = String(name.dropLast(4))
            let image = options.knownImages?.image(ofStem: stem).map { FilePath.fileName(of: $0.fileName) }
            let listed = image.map { FilePath.join(FilePath.parent(of: stem), $0) } ?? "\(stem).jpg"
            return YOLOItem(
                image: "\(location)/\(listed)", labels: "\(labels.folder)/\(name)", isLabelled: true, split: split)
        }
        return (items, remarks)
    }

    private func items(ofList list: String, split: String) throws -> (items: [YOLOItem], remarks: [ReadingRemark]) {
        let folder = FilePath.parent(of: list)
        // Lists name few folders and many images; those of another machine are looked for once.
        var folders: [String: String] = [:]
        let images = try ListOfImages.names(list).map { name -> String in
            if name.hasPrefix("./") { return "\(folder)/\(name.dropFirst(2))" }
            let parent = FilePath.parent(of: name)
            if let known = folders[parent] { return FilePath.join(known, FilePath.fileName(of: name)) }
            let isForeign = name.hasPrefix("/") || name.dropFirst().hasPrefix(":/")
            if isForeign, Folder.exists(name) { return name }
            if !isForeign { return configuration.location(of: name) ?? "\(folder)/\(name)" }
            guard let found = configuration.location(of: parent), Folder.isFolder(found) else {
                return configuration.location(of: name) ?? name
            }
            folders[parent] = found
            return FilePath.join(found, FilePath.fileName(of: name))
        }
        var remarks: [ReadingRemark] = []
        let byFolder = Dictionary(grouping: images.indices, by: { FilePath.parent(of: images[$0]) })
        var items = [YOLOItem?](repeating: nil, count: images.count)
        for (location, rows) in byFolder.sorted(by: { $0.key < $1.key }) {
            let names = rows.map { FilePath.fileName(of: images[$0]) }
            let labels = try LabelPlaces.find(
                for: location, stems: Set(names.map { FilePath.stem(of: $0) }), root: configuration.folder,
                file: configuration.file)
            remarks += labels.remarks
            for (row, name) in zip(rows, names) {
                items[row] = YOLOItem(image: name, in: location, labels, split: split)
            }
        }
        return (items.compactMap(\.self), remarks)
    }
}
