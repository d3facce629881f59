import NeedletailDatasets
import NeedletailSystem

extension ClassificationDataset {
    private static let tableName = "_classes.csv"

    /// Reads the tables that Roboflow puts beside the pictures, of a folder or of one for each split.
    ///
    /// - Returns: Nil where there is none.
    static func readTables(in folder: String) throws -> ClassificationDataset? {
        if Folder.exists("\(folder)/\(tableName)") { return try readTable("\(folder)/\(tableName)", images: nil) }
        let parts = try Folder.folders(in: folder).filter {
            SplitName.usual($0) != nil && Folder.exists("\(folder)/\($0)/\(tableName)")
        }
        guard !parts.isEmpty else { return nil }
        let tables = try parts.map { part in
            (
                split: SplitName.usual(part), prefix: "\(part)/",
                dataset: try readTable("\(folder)/\(part)/\(tableName)", images: nil)
            )
        }
        let classes = Set(tables.flatMap(\.dataset.classes)).sorted()
        let places = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
        let items = tables.flatMap { table in
            table.dataset.items.map { item in
                var item = item
                item.name = table.prefix + item.name
                item.split = item.split ?? table.split
                item.labels = item.labels.compactMap { places[table.dataset.classes[$0]] }.sorted()
                return item
            }
        }
        return ClassificationDataset(
            path: folder, classes: classes, items: items,
            hasSeveralLabels: tables.contains { $0.dataset.hasSeveralLabels },
            remarks: tables.flatMap(\.dataset.remarks))
    }
}
