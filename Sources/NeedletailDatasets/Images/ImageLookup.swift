/// Finds the image of a dataset that a detection belongs to: the one rule by which results are joined with images.
///
/// By identifier; where that fails, by what other tools write in its place: the file name, its last component, or that
/// without its extension, as ``ImageMatcher`` finds it.
package struct ImageLookup {
    private let rows: RowLookup
    private let images: ImageTable
    private var matcher: ImageMatcher?
    private var last: (id: Int, row: Int)?

    package init(_ images: ImageTable) {
        self.images = images
        rows = images.ids.rowsByID()
    }

    /// The row of an image, and whether the identifiers differ in type: `5` and `"5"`.
    package mutating func row(of id: RecordID) -> (row: Int, isLoose: Bool)? {
        if case .integer(let value) = id {
            // Results come image by image, so that most look-ups repeat the one before.
            if let last, last.id == value { return (last.row, false) }
            if let row = rows.row(of: id) {
                last = (value, row)
                return (row, false)
            }
        } else if let row = rows.row(of: id) {
            return (row, false)
        }
        if case .text(let name) = id, let row = row(named: name) { return (row, false) }
        return rows.looseRow(of: id).map { ($0, true) }
    }

    /// The row of the image that a file name means.
    package mutating func row(named name: String) -> Int? {
        let matcher = matcher ?? ImageMatcher(images)
        self.matcher = matcher
        return matcher.row(ofName: name) ?? matcher.row(ofStem: name)
    }
}
