/// A column of identifiers: eight bytes each, and a table on the side for those that are not whole numbers.
struct IDColumn: Sendable {
    private var integers: [Int] = []
    private var others: [Int: RecordID] = [:]

    var count: Int { integers.count }

    /// Whether every identifier is a whole number.
    var isAllIntegers: Bool { others.isEmpty }

    mutating func reserveCapacity(_ count: Int) { integers.reserveCapacity(count) }

    mutating func append(_ id: RecordID) {
        if case .integer(let value) = id {
            integers.append(value)
        } else {
            others[integers.count] = id
            integers.append(.min)
        }
    }

    mutating func append(contentsOf other: IDColumn) {
        for (row, id) in other.others { others[integers.count + row] = id }
        integers.append(contentsOf: other.integers)
    }

    mutating func replaceLast(with id: RecordID) {
        others[integers.count - 1] = nil
        integers.removeLast()
        append(id)
    }

    subscript(row: Int) -> RecordID {
        let value = integers[row]
        guard value == .min, !others.isEmpty else { return .integer(value) }
        return others[row] ?? .integer(value)
    }

    /// The rows whose identifier an earlier row has as well, in order.
    func repeatedRows(where isCounted: (Int) -> Bool = { _ in true }) -> [Int] {
        if others.isEmpty {
            // Most files are in order already; then no row can repeat another.
            if zip(integers, integers.dropFirst()).allSatisfy({ $0 < $1 }) { return [] }
            let order = integers.indices.filter(isCounted).sorted { (integers[$0], $0) < (integers[$1], $1) }
            return zip(order, order.dropFirst()).compactMap { integers[$0] == integers[$1] ? $1 : nil }.sorted()
        }
        var seen: Set<RecordID> = []
        return integers.indices.filter { isCounted($0) && !seen.insert(self[$0]).inserted }
    }

    /// The first row of each identifier.
    func rowsByID() -> RowLookup {
        var lookup = RowLookup(capacity: count)
        for row in integers.indices { lookup.insert(self[row], row: row) }
        return lookup
    }
}

/// Finds the row of an identifier.
struct RowLookup: Sendable {
    private var integers: [Int: Int32] = [:]
    private var others: [RecordID: Int32] = [:]

    init(capacity: Int) {
        integers.reserveCapacity(capacity)
    }

    mutating func insert(_ id: RecordID, row: Int) {
        if case .integer(let value) = id {
            if integers[value] == nil { integers[value] = Int32(row) }
        } else if others[id] == nil {
            others[id] = Int32(row)
        }
    }

    func row(of id: RecordID) -> Int? {
        if case .integer(let value) = id { return integers[value].map(Int.init) }
        return others[id].map(Int.init)
    }

    /// The row of an identifier that is a number in one place and a text in another: `5` and `"5"`.
    func looseRow(of id: RecordID) -> Int? {
        switch id {
        case .integer(let value): row(of: .text("\(value)"))
        case .number(let text): row(of: .text(text))
        case .text(let text): Int(text).flatMap { row(of: .integer($0)) } ?? row(of: .number(text))
        }
    }
}
