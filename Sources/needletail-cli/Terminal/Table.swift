/// Numbers and columns for people.
enum Table {
    /// A number with one to three digits after the point; one beyond 10¹² as it is.
    static func number(_ value: Double, digits: Int = 3) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
        let unit = [1, 10, 100, 1000][digits]
        let parts = Int((abs(value) * Double(unit)).rounded())
        let fraction = String(unit + parts % unit).dropFirst()
        return "\(value < 0 && parts > 0 ? "-" : "")\(parts / unit).\(fraction)"
    }

    /// Rows in columns as wide as their widest cell; the first columns to the left, the others to the right. A cell is one
    /// line, whatever names are in it.
    static func text(_ rows: [[String]], leftColumns: Int = 1) -> String {
        let rows = rows.map { $0.map { $0.showingControls() } }
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], cell.count)
            }
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return column < leftColumns ? cell + padding : padding + cell
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}
