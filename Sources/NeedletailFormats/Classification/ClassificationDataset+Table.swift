import NeedletailDatasets
import NeedletailSystem
import NeedletailText

extension ClassificationDataset {
    /// A table with a row for each picture: its file and its class, or its classes with `|` between them; or its file and a
    /// column of 0 and 1 for each class. A column `split` says what a picture is for.
    ///
    /// Rows whose file is missing, or that name no class where each should have one, are left out and named.
    static func readTable(_ path: String, images: String?) throws -> ClassificationDataset {
        let source = try ByteSource.annotations(path)
        var rows = TableReader(source).map { (fields: $0.fields.map(\.string), line: $0.line) }
        func error(_ problem: String, line: Int? = nil) -> AnnotationError {
            AnnotationError(
                .schema, file: path, line: line, problem: problem,
                remedy: "Give a table with the columns file and label, and a row for each picture.")
        }
        guard let first = rows.first, first.fields.count >= 2 else {
            throw error("this is no table of pictures and classes: its first line has no two columns")
        }
        let layout: TableLayout
        if ImageFileName.isImage(first.fields[0]) {
            layout = TableLayout(file: 0, label: 1)
        } else if let named = TableLayout(header: first.fields, rows: rows.dropFirst().map(\.fields)) {
            layout = named
            rows.removeFirst()
        } else {
            throw error(
                "its header (\(first.fields.joined(separator: ", "))) names no column of files with one of classes",
                line: first.line)
        }
        let folder = images ?? FilePath.split(path).folder
        var reader = TableRows(layout: layout, folder: folder.isEmpty ? "." : folder)
        for row in rows { reader.read(row.fields, line: row.line) }
        guard !reader.items.isEmpty else {
            let missing = reader.missing.first.map { "; none of the files is there, as \($0)" } ?? ""
            throw AnnotationError(
                .notFound, file: path, problem: "there is no picture in this table that can be used\(missing)",
                remedy: "Name the folder that its files are relative to with \(setting: .imageFolder).")
        }
        return reader.dataset(path)
    }
}

/// Which column holds what.
private struct TableLayout {
    var file: Int
    /// Nil where every class has a column.
    var label: Int?
    var split: Int?
    /// Columns of 0 and 1, by the names of their classes.
    var classes: [(column: Int, name: String)] = []

    init(file: Int, label: Int) {
        self.file = file
        self.label = label
    }

    private static let files = [
        "file", "filename", "file_name", "image", "image_name", "path", "filepath", "image_path", "img",
    ]
    private static let labels = [
        "label", "labels", "class", "classes", "class_name", "category", "categories", "target", "tag", "tags",
        "species",
    ]

    init?(header: [String], rows: [[String]]) {
        let names = header.map { $0.lowercased().replacing(" ", with: "_") }
        func column(_ known: [String]) -> Int? {
            known.lazy.compactMap { name in names.firstIndex(of: name) }.first
        }
        // Kaggle calls the column of files `id`.
        guard let file = column(Self.files) ?? column(["id", "image_id"]) else { return nil }
        self.file = file
        split = column(["split", "set", "subset"])
        label = column(Self.labels)
        guard label == nil else { return }
        for (column, name) in header.enumerated() where column != file && column != split {
            let values = rows.lazy.compactMap { $0.indices.contains(column) ? $0[column] : nil }
            if values.allSatisfy({ ["0", "1", "0.0", "1.0"].contains($0) }) { classes.append((column, name)) }
        }
        if classes.count < 2 { return nil }
    }
}

/// What the rows of a table come to.
private struct TableRows {
    let layout: TableLayout
    let folder: String
    var items: [ClassificationDataset.Item] = []
    /// Files that are not there.
    var missing: [String] = []
    private var missingLines: [Int] = []
    private var unlabelled: [Int] = []
    private var names: [String] = []
    private var places: [String: Int] = [:]
    private var hasSeveral = false
    private var repeated: [(name: String, line: Int)] = []
    private var seen: [String: Int] = [:]

    init(layout: TableLayout, folder: String) {
        self.layout = layout
        self.folder = folder
        for (_, name) in layout.classes { _ = place(of: name) }
        hasSeveral = !layout.classes.isEmpty
    }

    private mutating func place(of name: String) -> Int {
        if let place = places[name] { return place }
        places[name] = names.count
        names.append(name)
        return names.count - 1
    }

    mutating func read(_ fields: [String], line: Int) {
        func field(_ column: Int?) -> String { column.flatMap { fields.indices.contains($0) ? fields[$0] : nil } ?? "" }
        let name = field(layout.file)
        guard let path = existing(name) else {
            missing.append(name)
            missingLines.append(line)
            return
        }
        var labels: [Int] = []
        if layout.label != nil {
            let words = field(layout.label).split(separator: "|").map { String($0).trimmingSpaces() }.filter {
                !$0.isEmpty
            }
            if words.count > 1 { hasSeveral = true }
            labels = Set(words).map { place(of: $0) }.sorted()
            if labels.isEmpty { unlabelled.append(line) }
        } else {
            labels = layout.classes.filter { field($0.column).hasPrefix("1") }.compactMap { places[$0.name] }
        }
        if let first = seen[name] { repeated.append((name, first)) }
        seen[name] = line
        let split = field(layout.split)
        items.append(
            ClassificationDataset.Item(
                name: name, source: .file(path), labels: labels,
                split: split.isEmpty ? nil : SplitName.usual(split) ?? split))
    }

    /// The file of a name, which Kaggle writes without its ending.
    private func existing(_ name: String) -> String? {
        guard !name.isEmpty else { return nil }
        let path = name.hasPrefix("/") ? name : FilePath.join(folder, name.replacing("\\", with: "/"))
        return ([path] + ["jpg", "png", "jpeg", "webp", "bmp", "tif", "tiff", "gif"].map { "\(path).\($0)" }).first {
            Folder.exists($0) && !Folder.isFolder($0)
        }
    }

    func dataset(_ path: String) -> ClassificationDataset {
        var remarks: [String] = []
        if let first = missing.first {
            remarks.append(
                "\(path): rows whose file is not there are left out (\(missing.count)), as line \(missingLines[0]), \(first)"
            )
        }
        var items = items
        if !hasSeveral, let first = unlabelled.first {
            items.removeAll { $0.labels.isEmpty }
            remarks.append("\(path): rows without a class are left out (\(unlabelled.count)), as line \(first)")
        }
        if let first = repeated.first {
            remarks.append(
                "\(path): files that stand in several rows (\(repeated.count)), as \(first.name), first in line \(first.line)"
            )
        }
        // In the order of names, but for numbers.
        let isNumbered = names.allSatisfy { Int($0) != nil }
        let order = isNumbered ? names.sorted { (Int($0) ?? 0, $0) < (Int($1) ?? 0, $1) } : names.sorted()
        let ranks = Dictionary(order.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        return ClassificationDataset(
            path: path, classes: order,
            items: items.map { item in
                var item = item
                item.labels = item.labels.compactMap { ranks[names[$0]] }.sorted()
                return item
            }, hasSeveralLabels: hasSeveral, remarks: remarks)
    }
}
