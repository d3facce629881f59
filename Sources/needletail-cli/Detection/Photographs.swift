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

    private(set) var items: [Item] = []
    /// Folders that could not be looked into.
    let lockedFolders: [String]
    /// Photographs that are no images of the dataset.
    private(set) var strangerCount = 0

    /// - Parameters:
    ///   - dataset: Whose images alone are meant, under its identifiers.
    ///   - warn: Told what of a folder is left out.
    /// - Throws: ``CommandError`` when there are none, or it is not clear which of two photographs is meant.
    init(
        _ inputs: [String], isRecursive: Bool, dataset: Dataset? = nil, pictureFormat: PictureFormat = .png,
        warn: (String) -> Void
    ) throws {
        let found = try ImageFolder.files(inputs, isRecursive: isRecursive, warn: warn)
        lockedFolders = found.lockedFolders
        items = Self.named(found.files).map { Item(path: $0.path, name: $0.name, id: .text($0.name)) }
        if let dataset { try choose(imagesOf: dataset) }
        var names = PictureNames(pictureFormat)
        for index in items.indices { items[index].picture = names.name(for: items[index].name) }
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
            throw CommandError(
                "\(dataset.provenance.path): none of the \(items.count) photographs is an image of this dataset. Are these "
                    + "the annotations of another split?")
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
