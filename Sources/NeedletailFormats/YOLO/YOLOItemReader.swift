import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem

/// One image of a YOLO dataset with its labels.
struct YOLOItem {
    /// Where the image is, or where it would be.
    var image: String
    var labels: String
    /// Whether the labels are there.
    var isLabelled: Bool
    var split: String
}

extension YOLOItem {
    /// - Parameter name: The image's, relative to the folder whose labels are given.
    init(image name: String, in folder: String, _ labels: LabelPlaces.Found, split: String) {
        let file = FilePath.stem(of: name) + ".txt"
        self.init(
            image: FilePath.join(folder, name), labels: FilePath.join(labels.folder, file),
            isLabelled: labels.files.contains(file), split: split)
    }
}

/// Reads the images and labels of a YOLO dataset once it is known where they are.
struct YOLOItemReader {
    let items: [YOLOItem]
    /// Ascending by number; empty when there are none.
    let names: [(number: Int, name: String)]
    /// The file that has the names, or should.
    let namesFile: String
    /// What follows the boxes, where the dataset says that it is one of poses.
    var pose: YOLOPose?
    let file: String
    let format: DatasetFormat
    /// Whether images carry the name of their split.
    let writesSplit: Bool
    let options: ReadingOptions
    var remarks: [ReadingRemark] = []

    /// A class number is its category's identifier.
    func read() throws -> Dataset {
        var provenance = Dataset.Provenance(path: file, format: format)
        provenance.split = options.split
        var builder = DatasetBuilder(provenance: provenance)
        let root = options.images ?? Self.commonFolder(of: items.map(\.image))
        builder.imageFolder = root
        builder.remarks = remarks
        let images = imageFiles(in: root)
        let sizes = ImageSizes(known: options.knownImages)
        let numbers = Set(names.map(\.number))
        let kind = pose.map(YOLORowKind.pose) ?? YOLORowKind(files: items.lazy.filter(\.isLabelled).map(\.labels))
        let batches = try ParallelReading.batches(items.count, firstSource: 0, isLenient: options.isLenient) {
            try read(items[$0], images[$0], sizes, numbers, kind, into: $1)
        }
        // Where there is no name the number is all there is.
        let found = Set(batches.flatMap(\.categoryNames)).compactMap { Int($0) }.sorted()
        let unnamed = found.filter { !numbers.contains($0) }
        let named = (names.map { ($0.number, $0.name) } + unnamed.map { ($0, "\($0)") }).sorted { $0.0 < $1.0 }
        builder.categories = named.map { Category(id: .integer($0), name: $1) }
        for (row, category) in named.enumerated() where !numbers.contains(category.0) {
            builder.remarks.append(
                ReadingRemark(
                    names.isEmpty ? .unnamedCategory : .unknownCategory, .category, row: row,
                    "\(namesFile) has no name for it"))
        }
        if case .polygonsOrPoses(let length) = kind {
            builder.remarks.append(ReadingRemark(.ambiguousRows, .file, "all rows have \(length) numbers"))
        }
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

    /// What the dataset calls each image, and where it is.
    ///
    /// In a folder that a person gave images lie as in the dataset, or side by side.
    private func imageFiles(in root: String) -> [(name: String, path: String)] {
        let common = options.images == nil ? root : Self.commonFolder(of: items.map(\.image))
        let names = items.map { item in
            item.image.hasPrefix(common + "/") ? String(item.image.dropFirst(common.count + 1)) : item.image
        }
        guard options.images != nil, let finder = options.finder else {
            return zip(names, items).map { ($0, $1.image) }
        }
        let found = concurrentMap(names.count) { row -> (name: String, path: String)? in
            guard case .found(let path, _) = finder.find(names[row]) else { return nil }
            return (FilePath.relative(path, to: root), path)
        }
        var owners: [String: Int] = [:]
        for image in found { if let image { owners[image.path, default: 0] += 1 } }
        return names.indices.map { row in
            if let image = found[row], owners[image.path] == 1 { return image }
            return (names[row], "\(root)/\(names[row])")
        }
    }

    private func read(
        _ item: YOLOItem, _ image: (name: String, path: String), _ sizes: ImageSizes, _ numbers: Set<Int>,
        _ kind: YOLORowKind,
        into batch: RecordBatch
    ) throws {
        let labels = item.isLabelled ? try ByteSource.smallAnnotations(item.labels) : nil
        let hasRows = labels?.text.contains { $0 > 0x20 } ?? false
        let size: (width: Int, height: Int)
        do { size = try sizes.size(of: image.name, at: image.path, for: item.labels) } catch {
            // Without boxes nothing depends on it.
            guard !hasRows else { throw error }
            size = (0, 0)
        }
        if writesSplit { batch.extras.add("split", item.split) }
        batch.addImage(name: image.name, width: size.width, height: size.height, describedIn: item.labels)
        guard let labels, hasRows else { return }
        var rows = YOLOLabels(width: Double(size.width), height: Double(size.height))
        switch kind {
        case .pose(let pose): rows.pose = pose
        case .tracks: rows.endsWithTrack = true
        case .boxesOrPolygons, .polygonsOrPoses: break
        }
        // A class without a name is a finding where a dataset is checked.
        if !options.isLenient, !numbers.isEmpty { rows.names = (numbers, namesFile) }
        try rows.read(labels, into: batch, isLenient: options.isLenient)
    }
}
