import NeedletailDatasets

/// The numbers that categories get in formats that count classes from 0 without gaps.
struct ClassIndices {
    /// By row of the category.
    let ofRow: [Int]
    /// Rows of the categories by their number.
    let rows: [Int]

    /// Identifiers that are such numbers already are kept; otherwise the place in the list counts.
    init(_ categories: [Category]) {
        let ids = categories.compactMap(\.id.integer)
        let areNumbers = Set(ids) == Set(categories.indices) && ids.count == categories.count
        ofRow = areNumbers ? ids : Array(categories.indices)
        var rows = [Int](repeating: 0, count: categories.count)
        for (row, number) in ofRow.enumerated() { rows[number] = row }
        self.rows = rows
    }
}
