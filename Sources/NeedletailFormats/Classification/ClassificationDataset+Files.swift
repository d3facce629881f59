import NeedletailDatasets
import NeedletailSystem

extension ClassificationDataset {
    /// Reads pictures with their classes: a folder with a folder for each class, or with folders `train`, `val` and `test`
    /// of such; a table of files and classes, or Roboflow's beside the pictures of each split; MNIST's files.
    ///
    /// - Parameter images: The folder that the names in a table are relative to; that of the table unless given.
    /// - Throws: `AnnotationError`, `FileError`: what cannot be meant, with the remedy.
    public static func read(_ path: String, images: String? = nil) throws -> ClassificationDataset {
        if let archive = try UnpackedArchive(path) {
            var dataset = try archive.read { try read($0, images: images) }
            dataset.path = path
            dataset.remarks = dataset.remarks.map { $0.replacing(archive.folder, with: path) }
            return dataset
        }
        let dataset: ClassificationDataset
        if Folder.isFolder(path) {
            if let divided = try readTables(in: path) {
                dataset = divided
            } else {
                dataset = try idxPictures(in: path).isEmpty ? readFolder(path) : readIDX(path)
            }
        } else if !Folder.exists(path) {
            throw FileError(path: path, action: "open", code: 2)
        } else if IDXFile.isIDX(path) {
            dataset = try readIDX(path)
        } else {
            dataset = try readTable(path, images: images)
        }
        try dataset.requireDistinctClasses()
        return dataset
    }

    /// Whether a path is a list of pictures, a table or MNIST's files, and no picture or folder of pictures itself.
    public static func isList(_ path: String) -> Bool {
        if Folder.isFolder(path) { return (try? idxPictures(in: path))?.isEmpty == false }
        return IDXFile.isIDX(path) || [".csv", ".tsv"].contains { path.lowercased().hasSuffix($0) }
    }

    /// - Throws: `AnnotationError` when two classes are called alike but for case, spaces and hyphens: they are most likely
    ///   one, and nobody but their owner knows.
    private func requireDistinctClasses() throws(AnnotationError) {
        var known: [String: String] = [:]
        for name in classes {
            let key = name.lowercased().filter { !$0.isWhitespace && $0 != "_" && $0 != "-" }
            if let other = known[key] {
                throw AnnotationError(
                    .schema, file: path,
                    problem: "the classes '\(other)' and '\(name)' differ in case or spaces alone",
                    remedy: "Give them one name if they are one class, and names that differ if they are two.")
            }
            known[key] = name
        }
    }
}

extension ClassificationDataset {
    /// A folder with a folder for each class; pictures in deeper folders are of the class of the outermost.
    static func readFolder(_ path: String) throws -> ClassificationDataset {
        let outer = try Folder.folders(in: path)
        let splits = try outer.filter {
            try SplitName.usual($0) != nil && !Folder.folders(in: FilePath.join(path, $0)).isEmpty
        }
        var reader = FolderReader(path: path)
        if splits.isEmpty {
            try reader.readClasses(in: "", split: nil)
        } else {
            for split in splits { try reader.readClasses(in: split + "/", split: SplitName.usual(split)) }
            let others = outer.filter { !splits.contains($0) }
            if !others.isEmpty {
                reader.remarks.append(
                    "\(path): not looked into, beside the folders of splits: \(others.joined(separator: ", "))")
            }
        }
        guard !reader.items.isEmpty else {
            let loose = try FolderContents(path, depth: 1).files.filter(isPicture).count
            throw AnnotationError(
                .notFound, file: path,
                problem: loose > 0
                    ? "there are \(loose) pictures in this folder, and none in a folder of a class"
                    : "there is no folder of a class with pictures in this folder",
                remedy: "Sort the pictures into a folder for each class, or give a table of files and classes.")
        }
        return reader.dataset
    }

    fileprivate static func isPicture(_ name: String) -> Bool { ImageFileName.isReadable(name) }

    /// Gathers the pictures of folders.
    private struct FolderReader {
        let path: String
        var classes: [String] = []
        var items: [Item] = []
        var remarks: [String] = []

        var dataset: ClassificationDataset {
            // In the order of names, over all splits.
            let order = classes.sorted()
            let places = Dictionary(order.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
            return ClassificationDataset(
                path: path, classes: order,
                items: items.map { item in
                    var item = item
                    item.labels = item.labels.compactMap { places[classes[$0]] }
                    return item
                }, remarks: remarks)
        }

        mutating func readClasses(in prefix: String, split: String?) throws(FileError) {
            let folder = path.hasSuffix("/") ? path + prefix : "\(path)/\(prefix)"
            let loose = try FolderContents(folder, depth: 1).files.filter(isPicture)
            if let first = loose.first {
                remarks.append("\(folder): pictures in no folder of a class are left out (\(loose.count)), as \(first)")
            }
            for name in try Folder.folders(in: folder) {
                let contents = try FolderContents(folder + name)
                let pictures = contents.files.filter(isPicture)
                let others = contents.files.filter { !isPicture($0) && ImageFileName.isImage($0) }
                if let first = others.first {
                    remarks.append(
                        "\(folder)\(name): pictures of formats that are not read are left out (\(others.count)), as "
                            + first)
                }
                for locked in contents.lockedFolders {
                    remarks.append("\(folder)\(name)/\(locked): this folder cannot be looked into")
                }
                for odd in contents.unreadableNames {
                    remarks.append("\(folder)\(name): a file whose name is not UTF-8 is left out, \(odd)")
                }
                guard !pictures.isEmpty else {
                    remarks.append("\(folder)\(name): there is no picture in the folder of this class; it is left out")
                    continue
                }
                if !classes.contains(name) { classes.append(name) }
                let label = classes.firstIndex(of: name) ?? 0
                items += pictures.map { picture in
                    Item(
                        name: "\(prefix)\(name)/\(picture)", source: .file("\(folder)\(name)/\(picture)"),
                        labels: [label],
                        split: split)
                }
            }
        }
    }
}
