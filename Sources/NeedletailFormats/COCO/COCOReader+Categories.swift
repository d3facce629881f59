import NeedletailDatasets

/// Categories that the file does not list, or not by name.
extension COCOReader {
    /// Adds the categories that annotations are of and the file does not list, under their identifiers: where it lists
    /// none at all, and where it is read leniently, those that it lacks.
    mutating func addMissingCategories() {
        let isListed = !builder.categories.isEmpty
        guard isLenient || !isListed else { return }
        let listed = IDColumn(builder.categories.lazy.map(\.id)).rowsByID()
        let rows = categoryIDs.rows(in: listed)
        var missing: Set<RecordID> = []
        for row in rows.indices where rows[row] < 0 {
            let id = categoryIDs[row]
            if listed.looseRow(of: id) == nil { missing.insert(id) }
        }
        for id in missing.sorted() {
            builder.remarks.append(
                ReadingRemark(
                    isListed ? .unknownCategory : .unnamedCategory, .category, row: builder.categories.count,
                    isListed ? "it is not among the categories" : "there is no list of categories"))
            builder.categories.append(Category(id: id, name: Self.name(of: id)))
        }
    }

    /// What a category is called that has an identifier alone.
    static func name(of id: RecordID) -> String {
        if case .text(let text) = id { text } else { "\(id)" }
    }
}
