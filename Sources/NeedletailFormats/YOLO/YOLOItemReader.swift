import NeedletailDatasets
import NeedletailSystem

/// One image of a YOLO dataset with its labels.
struct YOLOItem {
    /// Where the image is, or where it would be.
    var image: String
    var labels: String
    var split: String
}

/// Reads the images and labels of a YOLO dataset once it is known where they are.
struct YOLOItemReader {
    let items: [YOLOItem]
    /// Ascending by number; empty when there are none.
    let names: [(number: Int, name: String)]
    let file: String
    let format: DatasetFormat
    /// Whether images carry the name of their split.
    let writesSplit: Bool
    let options: ReadingOptions

    /// A class number is its category's identifier.
    func read() throws -> Dataset {
        var provenance = Dataset.Provenance(path: file, format: format)
        provenance.split = options.split
        var builder = DatasetBuilder(provenance: provenance)
        let root = options.images ?? Self.commonFolder(of: items.map(\.image))
        builder.imageFolder = root
        let sizes = ImageSizes(known: options.knownImages)
        let numbers = names.isEmpty ? nil : Set(names.map(\.number))
        let batches = try ParallelReading.batches(items.count, firstSource: 0, isLenient: options.isLenient) {
            try read(items[$0], root: root, sizes, numbers, into: $1)
        }
        // Without names the numbers are all there is.
        let found = Set(batches.flatMap(\.categoryNames)).compactMap { Int($0) }.sorted()
        let named = names.isEmpty ? found.map { ($0, "\($0)") } : names
        builder.categories = named.map { Category(id: .integer($0), name: $1) }
        let rows = Dictionary(named.enumerated().map { ("\($1.0)", $0) }) { first, _ in first }
        builder.append(batches, categoryRows: rows)
        return builder.build()
    }

    /// The deepest folder that all paths are in.
    private static func commonFolder(of paths: [String]) -> String {
        guard let first = paths.first else { return "." }
        var common = FilePath.parent(of: first)
        for path in paths where !path.hasPrefix(common + "/") {
            while common != ".", common != "/", !path.hasPrefix(common + "/") { common = FilePath.parent(of: common) }
        }
        return common
    }

    private func read(
        _ item: YOLOItem, root: String, _ sizes: ImageSizes, _ numbers: Set<Int>?, into batch: RecordBatch
    ) throws {
        let isInside = options.images == nil && item.image.hasPrefix(root + "/")
        let name = isInside ? String(item.image.dropFirst(root.count + 1)) : FilePath.fileName(of: item.image)
        let path = isInside ? item.image : "\(root)/\(name)"
        let labels = Folder.exists(item.labels) ? try ByteSource(reading: item.labels) : nil
        let hasRows = labels?.text.contains { $0 > 0x20 } ?? false
        let size: (width: Int, height: Int)
        do { size = try sizes.size(of: name, at: path, for: item.labels) } catch {
            // Without boxes nothing depends on it.
            guard !hasRows else { throw error }
            size = (0, 0)
        }
        if writesSplit { batch.extras.add("split", item.split) }
        batch.addImage(name: name, width: size.width, height: size.height, describedIn: item.labels)
        guard let labels, hasRows else { return }
        try YOLOLabels(width: Double(size.width), height: Double(size.height), numbers: numbers).read(
            labels, into: batch, isLenient: options.isLenient)
    }
}
