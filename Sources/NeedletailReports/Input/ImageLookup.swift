import NeedletailDatasets

/// Finds the image that a detection belongs to.
///
/// By identifier; where that fails, by what other tools write in its place: the file name, its last component, or
/// that without its extension. A name that two images share finds neither.
struct ImageLookup {
    private var integers: [Int: Int32] = [:]
    private var others: [RecordID: Int32] = [:]
    private var names: [String: Int32]?
    private let images: ImageTable
    private var last: (id: Int, row: Int)?

    private static let ambiguous: Int32 = -1

    init(_ images: ImageTable) {
        self.images = images
        integers.reserveCapacity(images.count)
        for row in 0..<images.count {
            let id = images[row].id
            if case .integer(let value) = id {
                if integers[value] == nil { integers[value] = Int32(row) }
            } else if others[id] == nil {
                others[id] = Int32(row)
            }
        }
    }

    /// The row of an image, and whether the identifiers differ in type: `5` and `"5"`.
    mutating func row(of id: RecordID) -> (row: Int, isLoose: Bool)? {
        switch id {
        case .integer(let value):
            // Results come image by image, so that most look-ups repeat the one before.
            if let last, last.id == value { return (last.row, false) }
            if let row = integers[value] {
                last = (value, Int(row))
                return (Int(row), false)
            }
            return others[.text("\(value)")].map { (Int($0), true) }
        case .number: return others[id].map { (Int($0), false) }
        case .text(let text):
            if let row = others[id] { return (Int(row), false) }
            if let row = row(named: text) { return (row, false) }
            return Int(text).flatMap { integers[$0] }.map { (Int($0), true) }
        }
    }

    private mutating func row(named name: String) -> Int? {
        let names = names ?? Self.names(of: images)
        self.names = names
        guard let row = names[name], row != Self.ambiguous else { return nil }
        return Int(row)
    }

    private static func names(of images: ImageTable) -> [String: Int32] {
        var names: [String: Int32] = [:]
        // Whole names first: only what they leave free is filled with shortened ones.
        var whole: Set<String> = []
        for row in 0..<images.count {
            let name = images[row].fileName
            names[name] = names[name] == nil ? Int32(row) : ambiguous
            whole.insert(name)
        }
        for row in 0..<images.count {
            let name = images[row].fileName
            let base = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? name
            let stem = base.lastIndex(of: ".").map { String(base[..<$0]) } ?? base
            for short in Set([base, stem]) where !whole.contains(short) {
                names[short] = names[short] == nil ? Int32(row) : ambiguous
            }
        }
        return names
    }
}
