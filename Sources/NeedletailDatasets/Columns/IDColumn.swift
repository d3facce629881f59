import NeedletailGeometry

/// A column of identifiers: eight bytes each, and a table on the side for those that are not whole numbers.
package struct IDColumn: Sendable {
    package private(set) var integers: [Int] = []
    package private(set) var others: [Int: RecordID] = [:]

    package init() {}

    package init(_ ids: some Sequence<RecordID>) {
        for id in ids { append(id) }
    }

    package var count: Int { integers.count }

    /// Whether every identifier is a whole number.
    var isAllIntegers: Bool { others.isEmpty }

    package mutating func reserveCapacity(_ count: Int) { integers.reserveCapacity(count) }

    package mutating func append(_ id: RecordID) {
        if case .integer(let value) = id {
            integers.append(value)
        } else {
            others[integers.count] = id
            integers.append(.min)
        }
    }

    package mutating func append(contentsOf columns: [IDColumn]) {
        var first = count
        for column in columns {
            for (row, id) in column.others { others[first + row] = id }
            first += column.count
        }
        integers = concurrentJoin([integers] + columns.map(\.integers))
    }

    package mutating func replaceLast(with id: RecordID) {
        others[integers.count - 1] = nil
        integers.removeLast()
        append(id)
    }

    package subscript(row: Int) -> RecordID {
        let value = integers[row]
        guard value == .min, !others.isEmpty else { return .integer(value) }
        return others[row] ?? .integer(value)
    }

    /// The rows whose identifier an earlier row has as well, in order.
    func repeatedRows(where isCounted: (Int) -> Bool = { _ in true }) -> [Int] {
        if others.isEmpty {
            // Most files are in order already; then no row can repeat another.
            if zip(integers, integers.dropFirst()).allSatisfy({ $0 < $1 }) { return [] }
            var seen = IntegerSet(pageLimit: count / 1024 + 64)
            let rows = integers.indices.filter { isCounted($0) && !seen.insert(integers[$0]) }
            if !seen.isOverfull { return rows }
            let order = integers.indices.filter(isCounted).sorted { (integers[$0], $0) < (integers[$1], $1) }
            return zip(order, order.dropFirst()).compactMap { integers[$0] == integers[$1] ? $1 : nil }.sorted()
        }
        var seen: Set<RecordID> = []
        return integers.indices.filter { isCounted($0) && !seen.insert(self[$0]).inserted }
    }

    /// The first row of each identifier.
    package func rowsByID() -> RowLookup { RowLookup(self) }

    /// The row of every identifier in another column, -1 where that has none that is written alike.
    package func rows(in lookup: RowLookup) -> [Int32] {
        [Int32](unsafeUninitializedCapacity: count) { rows, initialized in
            let rows = rows
            concurrentLoop(runs: count) { run in
                if isAllIntegers {
                    for row in run { rows.initializeElement(at: row, to: lookup.place(of: integers[row])) }
                } else {
                    for row in run {
                        rows.initializeElement(at: row, to: lookup.row(of: self[row]).map(Int32.init) ?? -1)
                    }
                }
            }
            initialized = count
        }
    }
}
