import Needletail
import NeedletailSystem

/// The photographs that a person names, each under the name that results and pictures have for it.
struct Photographs {
    struct Item {
        var path: String
        /// What it is called: its path in the folder that was given.
        var name: String
        /// What it is called in the results.
        var id: RecordID
        /// Its file name in the dataset, where results have a number for it.
        var datasetName: String?
        /// The annotated size; 0 when it is not known.
        var width = 0
        var height = 0
        /// The file name of its picture.
        var picture = ""
    }

    /// Files and folders.
    let inputs: [String]
    private(set) var items: [Item] = []
    /// Folders that could not be looked into.
    private(set) var lockedFolders: [String] = []
    /// Photographs that are no images of the dataset.
    private(set) var strangerCount = 0
    private let isRecursive: Bool
    /// The folder that is written to: what lies in it is not looked at.
    private let output: String
    private var pictureNames: PictureNames

    init(inputs: [String], isRecursive: Bool, output: String, pictureFormat: PictureFormat) {
        self.inputs = inputs
        self.isRecursive = isRecursive
        self.output = output
        pictureNames = PictureNames(pictureFormat)
    }

    /// One photograph of a dataset.
    ///
    /// - Throws: ``CommandError`` when it is none of the dataset's.
    init(_ path: String, of dataset: Dataset) throws {
        self.init(inputs: [path], isRecursive: false, output: "", pictureFormat: .png)
        try find(in: dataset, warn: { _ in })
    }

    /// Finds them all.
    ///
    /// - Parameters:
    ///   - dataset: Whose images alone are meant, under its identifiers; and all of them where there are no inputs.
    ///   - warn: Told what of a folder is left out.
    /// - Throws: ``CommandError`` when there are none, or it is not clear which of two photographs is meant.
    mutating func find(in dataset: Dataset?, warn: (String) -> Void) throws {
        var files: [(path: String, name: String)]
        if let dataset, inputs.isEmpty {
            files = try Self.files(of: dataset, warn: warn)
        } else {
            (files, lockedFolders) = try ImageFolder.files(inputs, isRecursive: isRecursive, warn: warn)
            if isRecursive { files.removeAll { ImageFolder.isBelow($0.path, output) } }
        }
        items = Self.named(files).map { Item(path: $0.path, name: $0.name, id: .text($0.name)) }
        if let dataset { try choose(imagesOf: dataset) }
        for index in items.indices { items[index].picture = pictureNames.name(for: items[index].name) }
    }

    /// Adds a photograph that was not there before.
    mutating func add(_ file: (path: String, name: String)) -> Item {
        let item = Item(
            path: file.path, name: file.name, id: .text(file.name), picture: pictureNames.name(for: file.name))
        items.append(item)
        return item
    }

    /// Those of a dataset, where its images are found.
    private static func files(of dataset: Dataset, warn: (String) -> Void) throws -> [(path: String, name: String)] {
        let paths = dataset.images.fileNames.indices.map { dataset.imagePath(ofImage: $0) }
        let there = paths.indices.filter { ImageFolder.exists(paths[$0]) }
        guard !there.isEmpty else {
            throw CommandError(
                "\(dataset.provenance.path): none of its \(paths.count) images is there; looked for in \(dataset.imagePlaces). "
                    + "Name their folder behind the detector.")
        }
        if there.count < paths.count {
            warn("\(dataset.provenance.path): \(paths.count - there.count) of its \(paths.count) images are not there")
        }
        return there.map { (paths[$0], dataset.images.fileNames[$0]) }
    }

    /// Each file once. Where files of several folders have the same name, all are called by their paths from the folder
    /// that these have in common: no two photographs share a name.
    private static func named(_ files: [(path: String, name: String)]) -> [(path: String, name: String)] {
        var seen: Set<String> = []
        let files = files.filter { seen.insert(OutputFolder.canonical($0.path)).inserted }
        guard Set(files.map(\.name)).count < files.count else { return files }
        let common = FilePath.commonFolder(files.map { FilePath.parent(of: FilePath.absolute($0.path)) })
        return files.map { ($0.path, FilePath.relative($0.path, to: common)) }
    }

    /// Keeps the photographs that are images of a dataset, and gives them its identifiers.
    private mutating func choose(imagesOf dataset: Dataset) throws {
        let finder = DatasetImageFinder(dataset)
        var owners: [Int: (item: Int, rank: Int)] = [:]
        for (index, item) in items.enumerated() {
            guard let (row, rank) = finder.row(of: item) else { continue }
            guard let owner = owners[row], owner.rank >= rank else {
                owners[row] = (index, rank)
                continue
            }
            guard owner.rank == rank else { continue }
            throw CommandError(
                "\(items[owner.item].path) and \(item.path): both may be the image \(dataset.images[row].fileName) of "
                    + "\(dataset.provenance.path). Give the folder that its file names are relative to.")
        }
        guard !owners.isEmpty else {
            let none = items.count == 1 ? "the photograph is not" : "none of the \(items.count) photographs is"
            throw CommandError(
                "\(dataset.provenance.path): \(none) an image of this dataset. Are these the annotations of another "
                    + "split?")
        }
        let rows = Dictionary(owners.map { ($1.item, $0) }) { first, _ in first }
        strangerCount = items.count - rows.count
        items = items.indices.compactMap { index in
            guard let row = rows[index] else { return nil }
            let record = dataset.images[row]
            var item = items[index]
            (item.id, item.datasetName) = (record.id, record.fileName)
            (item.width, item.height) = (record.width, record.height)
            return item
        }
    }
}

/// Finds the image of a dataset that a photograph is.
private struct DatasetImageFinder {
    private let byFile: [String: Int]
    private let byName: [String: Int]
    private let matcher: ImageMatcher

    /// The photograph is the very file that the dataset means.
    private static let sameFile = Int.max

    init(_ dataset: Dataset) {
        let rows = 0..<dataset.images.count
        byFile = Dictionary(rows.map { (OutputFolder.canonical(dataset.imagePath(ofImage: $0)), $0) }) { first, _ in
            first
        }
        byName = Dictionary(rows.map { (Self.path(dataset.images.fileNames[$0]), $0) }) { first, _ in first }
        matcher = ImageMatcher(dataset.images)
    }

    /// The row, and how much speaks for it: the more of the path that agrees the better.
    func row(of item: Photographs.Item) -> (row: Int, rank: Int)? {
        if let row = byFile[OutputFolder.canonical(item.path)] { return (row, Self.sameFile) }
        let parts = FilePath.absolute(item.path).split(separator: "/")
        for count in stride(from: parts.count, through: 1, by: -1) {
            if let row = byName[parts.suffix(count).joined(separator: "/")] { return (row, count) }
        }
        return matcher.row(ofName: item.name).map { ($0, 0) }
    }

    private static func path(_ name: String) -> String {
        name.split { $0 == "/" || $0 == "\\" }.filter { $0 != "." }.joined(separator: "/")
    }
}
