import NeedletailDatasets
import NeedletailText

/// What becomes of the categories of a dataset: other names, several joined, some dropped.
public struct CategoryMapping: Hashable, Sendable {
    /// The new name of each category that changes, which is told exactly or else without case, spaces and hyphens; nil to
    /// drop it with its boxes. Two that get the same name, or one
    /// that gets a name that another keeps, are joined.
    public var names: [String: String?] = [:]
    /// Whether categories that are not in ``names`` are dropped.
    public var dropsOthers = false
    /// The first of new, consecutive identifiers; nil to keep those there are.
    public var firstID: Int?

    public init() {}

    /// Reads a mapping from text: `old = new` a line, `old =` to drop, `#` before remarks; or a JSON object of old
    /// and new names, null to drop.
    ///
    /// - Parameter file: What messages call the text.
    /// - Throws: `CurationError` with the line.
    public mutating func read(_ text: String, file: String) throws(CurationError) {
        if text.first(where: { !$0.isWhitespace }) == "{" { return try readJSON(text, file: file) }
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = Self.trimmed(line)
            if line.isEmpty || line.hasPrefix("#") { continue }
            guard let sign = line.firstIndex(of: "=") else {
                throw CurationError(
                    .invalidMapping, subject: "\(file):\(index + 1)", problem: "there is no '='",
                    remedy: "Write: old name = new name")
            }
            let new = Self.trimmed(line[line.index(after: sign)...])
            try add(Self.trimmed(line[..<sign]), new.isEmpty ? nil : new, place: "\(file):\(index + 1)")
        }
    }

    private mutating func readJSON(_ text: String, file: String) throws(CurationError) {
        var entries: [(String, String?)] = []
        var text = text
        let problem: String? = text.withUTF8 { bytes in
            var json = JSONReader(UnsafeRawBufferPointer(bytes))
            do {
                try json.beginObject()
                while let key = try json.nextKey() {
                    let name = key.string
                    entries.append((name, try json.readNull() ? nil : try json.readString()))
                }
                try json.finish()
                return nil
            } catch {
                return "\(error)"
            }
        }
        if let problem {
            throw CurationError(
                .invalidMapping, subject: file, problem: problem, remedy: "Write: {\"old name\": \"new name\"}")
        }
        for (old, new) in entries { try add(old, new, place: file) }
    }

    private mutating func add(_ old: String, _ new: String?, place: String) throws(CurationError) {
        if let other = names[old], other != new {
            throw CurationError(
                .invalidMapping, subject: place, problem: "\(old) is mapped twice", remedy: "Remove one of the two.")
        }
        names[old] = .some(new)
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    /// The mapping by the names as the dataset writes them.
    private func writtenNames(_ dataset: Dataset) throws(CurationError) -> [String: String?] {
        let given = names.keys.sorted()
        var written: [String: String?] = [:]
        for (name, own) in zip(given, try CategoryNames(dataset.categories).written(given)) {
            if let other = written[own], other != names[name] {
                throw CurationError(
                    .invalidMapping, problem: "\(own) is mapped twice, once as \(name).",
                    remedy: "Remove one of the two.")
            }
            written[own] = names[name]
        }
        return written
    }

    /// The dataset under the new categories, in the order of the old ones.
    ///
    /// A joined category keeps the identifier and the other fields of the one whose name it has, or else of the first.
    ///
    /// - Throws: `CurationError` for the name of a category that does not exist.
    public func callAsFunction(_ dataset: Dataset) throws(CurationError) -> Dataset {
        let names = try writtenNames(dataset)
        var categories: [Category] = []
        var places: [String: Int] = [:]
        var rows: [Int?] = []
        for category in dataset.categories {
            guard let name = names[category.name] ?? (dropsOthers ? nil : category.name) else {
                rows.append(nil)
                continue
            }
            var renamed = category
            renamed.name = name
            if let place = places[name] {
                if category.name == name { categories[place] = renamed }
                rows.append(place)
            } else {
                places[name] = categories.count
                rows.append(categories.count)
                categories.append(renamed)
            }
        }
        if let firstID {
            for index in categories.indices { categories[index].id = .integer(firstID + index) }
        }
        return dataset.mappingCategories(to: categories, rows: rows)
    }
}
