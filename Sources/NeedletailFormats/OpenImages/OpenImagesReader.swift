import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// Reads an Open Images dataset.
struct OpenImagesReader {
    private let folder: String
    /// The tables, boxes before lists of images.
    private let tables: [(path: String, split: String?)]
    private let options: ReadingOptions
    private let images: ImageFolderListing
    private let imageFolder: String
    /// Whether images carry the name of their split.
    private let hasSplits: Bool
    private let sizes: ImageSizes

    private static let splitNames = ["train", "validation", "test"]

    /// - Parameter path: The folder, or the table of boxes.
    init(_ path: String, _ options: ReadingOptions) throws {
        self.options = options
        let isFolder = Folder.isFolder(path)
        folder = isFolder ? path : FilePath.parent(of: path)
        let root = folder
        let names = isFolder ? try Folder.names(in: path, ending: ".csv") : [FilePath.fileName(of: path)]
        var tables: [(path: String, split: String?)] = []
        for name in names {
            let prefix = Self.splitNames.first { name.hasPrefix($0) }
            let split = prefix.flatMap { SplitName.usual($0) }
            if let wanted = options.split, let split, !SplitName.isSame(split, wanted) { continue }
            tables.append(("\(root)/\(name)", split))
        }
        self.tables = tables
        hasSplits = options.split == nil && Set(tables.compactMap(\.split)).count > 1
        imageFolder =
            options.images
            ?? (Folder.isFolder("\(root)/images")
                ? "\(root)/images" : options.finder?.folderWithImages(otherwise: root))
            ?? root
        images = try ImageFolderListing(imageFolder)
        sizes = ImageSizes(known: options.knownImages)
    }

    func read() throws -> Dataset {
        let classes = try readClasses()
        let batch = TableBatch(source: 1)
        var hasBoxes = false
        for table in tables {
            hasBoxes = try readBoxes(table.path, split: table.split, classes.byLabel, into: batch) || hasBoxes
        }
        guard hasBoxes else {
            throw AnnotationError(
                .notFound, file: folder, problem: "there is no table with ImageID, LabelName and XMin",
                remedy: "Give the folder of the tables that Open Images publishes")
        }
        for table in tables { try readImages(table.path, split: table.split, into: batch) }
        var builder = DatasetBuilder(provenance: Dataset.Provenance(path: folder, format: .openimages))
        builder.provenance.split = options.split
        builder.imageFolder = imageFolder
        builder.categories = classes.categories
        builder.sources = [ByteSource(synthetic: classes.extras.buffer, path: folder)]
        builder.append([batch.records])
        return builder.build()
    }

    /// The table of labels and names: two columns without header.
    private func readClasses() throws -> (categories: [Category], byLabel: [String: String], extras: ExtrasArena) {
        var categories: [Category] = []
        var byLabel: [String: String] = [:]
        let extras = ExtrasArena(source: 0)
        let name = try Folder.names(in: folder, ending: ".csv").first { $0.contains("class-descriptions") }
        guard let name else { return (categories, byLabel, extras) }
        for row in TableReader(try ByteSource.annotations("\(folder)/\(name)")) where row.fields.count == 2 {
            let label = row.fields[0].string
            let name = row.fields[1].string
            if label == "LabelName" || byLabel[label] != nil { continue }
            byLabel[label] = name
            if label != name { extras.add("label_name", label) }
            categories.append(
                Category(id: .integer(categories.count + 1), name: name, supercategory: nil, origin: extras.finish()))
        }
        return (categories, byLabel, extras)
    }

    private func readBoxes(
        _ path: String, split: String?, _ names: [String: String], into batch: TableBatch
    ) throws -> Bool {
        let source = try ByteSource.annotations(path)
        var table = TableReader(source)
        guard let header = table.next()?.fields.map(\.string) else { return false }
        let columns = Dictionary(header.enumerated().map { ($1, $0) }) { first, _ in first }
        guard let imageColumn = columns["ImageID"], let labelColumn = columns["LabelName"], columns["XMin"] != nil
        else { return false }
        let known = Self.columns.union(OpenImagesFormat.fields.map(\.name))
        let others = header.filter { !known.contains($0) }
        if !others.isEmpty {
            batch.records.remarkOnFile(
                .contentLeftOut, "the columns \(others.joined(separator: ", ")) of \(FilePath.fileName(of: path))")
        }
        while let row = table.next() {
            do {
                guard row.fields.count >= header.count else {
                    throw AnnotationError(
                        .schema, file: path, line: row.line,
                        problem: "the row has \(row.fields.count) fields, the header "
                            + "\(header.count)",
                        remedy: "Complete the row or remove it")
                }
                func number(_ name: String) throws -> Double {
                    try TableBatch.number(columns[name].map { row.fields[$0] }, name, path, row.line)
                }
                let image = try image(row.fields[imageColumn].string, split: split, for: path, in: batch)
                let width = Double(batch.records.images.widths[image])
                let height = Double(batch.records.images.heights[image])
                let left = try (number("XMin") * width).derived
                let top = try (number("YMin") * height).derived
                let right = try (number("XMax") * width).derived
                let bottom = try (number("YMax") * height).derived
                for (field, unknown) in OpenImagesFormat.fields {
                    guard let column = columns[field], !row.fields[column].isEmpty else { continue }
                    let text = row.fields[column].string
                    if text != unknown { batch.records.extras.add(field, .numberOrText(text)) }
                }
                let label = row.fields[labelColumn].string
                let isGroup = try columns["IsGroupOf"] != nil && number("IsGroupOf") == 1
                batch.records.addObject(
                    image: image, category: batch.records.category(names[label] ?? label),
                    box: Box(left: left, top: top, right: right, bottom: bottom), isCrowd: isGroup)
            } catch let error as AnnotationError where options.isLenient {
                batch.records.refusals.append(error)
            }
        }
        return true
    }

    /// The columns that every box has.
    private static let columns: Set<String> = ["ImageID", "LabelName", "XMin", "XMax", "YMin", "YMax", "IsGroupOf"]

    /// A list of images: a table with ImageID but without boxes.
    private func readImages(_ path: String, split: String?, into batch: TableBatch) throws {
        var table = TableReader(try ByteSource.annotations(path))
        guard let header = table.next()?.fields.map(\.string), let column = header.firstIndex(of: "ImageID"),
            !(header.contains("LabelName") && header.contains("XMin"))
        else { return }
        // Labels of whole images, masks, relations: their images may have boxes elsewhere or none.
        if header.contains(where: { $0.hasPrefix("LabelName") }) {
            return batch.records.remarkOnFile(.contentLeftOut, "the table \(FilePath.fileName(of: path))")
        }
        while let row = table.next() {
            guard column < row.fields.count else { continue }
            _ = try image(row.fields[column].string, split: split, for: path, in: batch, needsSize: false)
        }
    }

    private func image(
        _ id: String, split: String?, for file: String, in batch: TableBatch, needsSize: Bool = true
    ) throws -> Int {
        let name = images.name(ofFileStem: id) ?? options.knownImages?.image(ofStem: id)?.fileName ?? "\(id).jpg"
        return try batch.image(name, split: hasSplits ? split : nil) {
            do { return try sizes.size(of: name, at: "\(imageFolder)/\(name)", for: file) } catch {
                // Without boxes nothing depends on it.
                guard !needsSize else { throw error }
                return (0, 0)
            }
        }
    }
}
