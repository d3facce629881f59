/// Finds the first row of an identifier.
///
/// Whole numbers that lie close together, as those of nearly every file do, are looked up in a table; others are
/// hashed.
package struct RowLookup: Sendable {
    /// Rows by number less ``lowest``, -1 where no row has the number.
    private var table: [Int32] = []
    private var lowest = 0
    private var integers: [Int: Int32] = [:]
    private var others: [RecordID: Int32] = [:]

    package init(_ ids: IDColumn) {
        for (row, id) in ids.others.sorted(by: { $0.key < $1.key }) where others[id] == nil {
            others[id] = Int32(row)
        }
        let rows = ids.integers.indices.lazy.filter { ids.others.isEmpty || ids.others[$0] == nil }
        let numbers = rows.lazy.map { ids.integers[$0] }
        guard let lowest = numbers.min(), let highest = numbers.max() else { return }
        let (span, isTooFar) = highest.subtractingReportingOverflow(lowest)
        if !isTooFar, span < 16 * ids.count + 1024 {
            self.lowest = lowest
            table = Array(repeating: -1, count: span + 1)
            for row in rows where table[ids.integers[row] - lowest] < 0 {
                table[ids.integers[row] - lowest] = Int32(row)
            }
        } else {
            integers.reserveCapacity(ids.count)
            for row in rows where integers[ids.integers[row]] == nil { integers[ids.integers[row]] = Int32(row) }
        }
    }

    /// The row of a whole number, or -1.
    package func place(of value: Int) -> Int32 {
        guard table.isEmpty else {
            let place = UInt(bitPattern: value &- lowest)
            return place < UInt(table.count) ? table[Int(place)] : -1
        }
        return integers[value] ?? -1
    }

    package func row(of id: RecordID) -> Int? {
        guard case .integer(let value) = id else { return others[id].map(Int.init) }
        let place = place(of: value)
        return place < 0 ? nil : Int(place)
    }

    /// The row of an identifier that is a number in one place and a text in another: `5` and `"5"`.
    package func looseRow(of id: RecordID) -> Int? {
        switch id {
        case .integer(let value): row(of: .text("\(value)"))
        case .number(let text): row(of: .text(text))
        case .text(let text): Int(text).flatMap { row(of: .integer($0)) } ?? row(of: .number(text))
        }
    }
}
