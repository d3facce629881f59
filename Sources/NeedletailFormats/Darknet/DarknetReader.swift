import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// Reads a Darknet dataset from its `obj.data`.
struct DarknetReader {
    private let file: String
    private let folder: String
    private let options: ReadingOptions
    private var values: [(key: String, value: String)] = []

    /// - Parameter path: `obj.data`, or the folder with one such file.
    init(_ path: String, _ options: ReadingOptions) throws {
        let name = Folder.isFolder(path) ? try Folder.names(in: path, ending: ".data").first : nil
        file = name.map { "\(path)/\($0)" } ?? path
        folder = FilePath.parent(of: file)
        self.options = options
        for line in TextLines(try ByteSource.smallAnnotations(file)) {
            let parts = line.string.split(separator: "=", maxSplits: 1).map { String($0).trimmingSpaces() }
            if parts.count == 2, !parts[0].hasPrefix("#") { values.append((parts[0], parts[1])) }
        }
    }

    func read() throws -> Dataset {
        let lists = try self.lists()
        var images: [(path: String, split: String)] = []
        var seen: Set<String> = []
        var remarks: [ReadingRemark] = []
        for (split, list) in lists {
            guard let path = location(of: list) else {
                let failure = notThere(list)
                if options.split != nil || lists.count == 1 { throw failure }
                remarks.append(
                    ReadingRemark(
                        .missingSplit, file: file, record: "entry",
                        detail: "\(split) is \(list), which is not there"))
                continue
            }
            for name in try ListOfImages.names(path) {
                let image = location(of: name) ?? "\(folder)/\(name)"
                if seen.insert(image).inserted { images.append((image, split)) }
            }
        }
        let items = images.map { image in
            let labels = Self.labels(of: image.path)
            return YOLOItem(
                image: image.path, labels: labels, isLabelled: Folder.exists(labels), split: image.split)
        }
        if !items.isEmpty, !items.contains(where: \.isLabelled) {
            remarks.append(
                ReadingRemark(
                    .missingLabels, file: file, record: "lists",
                    detail: "looked for as \(items[0].labels) for \(items[0].image)"))
        }
        return try YOLOItemReader(
            items: items, names: try names(), namesFile: values.last { $0.key == "names" }?.value ?? file,
            file: file, format: .darknet,
            writesSplit: options.split == nil && lists.count > 1, options: options, remarks: remarks
        ).read()
    }

    private func lists() throws -> [(split: String, list: String)] {
        let keys = [("train", "train"), ("valid", "val"), ("val", "val"), ("test", "test")]
        let lists = keys.compactMap { key, split in values.last { $0.key == key }.map { (split, $0.value) } }
        let chosen = options.split.map { wanted in lists.filter { SplitName.isSame($0.0, wanted) } } ?? lists
        guard !chosen.isEmpty else {
            throw AnnotationError(
                .notFound, file: file, problem: "there is no list \(options.split ?? "of images")",
                remedy: "Name it, as train = train.txt")
        }
        return chosen
    }

    private func names() throws -> [(number: Int, name: String)] {
        guard let path = values.last(where: { $0.key == "names" })?.value else { return [] }
        var names = TextLines(try ByteSource.smallAnnotations(try located(path))).map { $0.string.trimmingSpaces() }
        while names.last?.isEmpty ?? false { names.removeLast() }
        return names.enumerated().map { ($0, $1) }
    }

    /// Darknet takes paths from where it is started, most often one or two folders up.
    private func location(of name: String) -> String? {
        if name.hasPrefix("/"), Folder.exists(name) { return name }
        // Of the path of another machine the longest end counts that is there.
        var relative = name.drop { $0 == "/" }
        var roots = [folder, FilePath.parent(of: folder)]
        if !folder.hasPrefix("/") { roots.append(".") }
        while true {
            for root in roots {
                let image = "\(root)/\(relative)"
                if Folder.exists(image) || Folder.exists(Self.labels(of: image)) { return image }
            }
            guard let slash = relative.firstIndex(of: "/") else { return nil }
            relative = relative[relative.index(after: slash)...]
        }
    }

    private func located(_ name: String) throws -> String {
        if let path = location(of: name) { return path }
        throw notThere(name)
    }

    private func notThere(_ name: String) -> AnnotationError {
        AnnotationError(
            .notFound, file: file, problem: "there is no \(name)",
            remedy: "Correct the path; it is looked for from the folder of this file")
    }

    /// Beside the image, or in `labels` where the image is in `images` or `JPEGImages`.
    private static func labels(of image: String) -> String {
        let beside = FilePath.stem(of: image) + ".txt"
        if Folder.exists(beside) { return beside }
        var parts = beside.split(separator: "/", omittingEmptySubsequences: false)
        guard let place = parts.lastIndex(where: { $0 == "images" || $0 == "JPEGImages" }) else { return beside }
        parts[place] = "labels"
        let apart = parts.joined(separator: "/")
        return Folder.exists(apart) ? apart : beside
    }
}
