import NeedletailDatasets
import NeedletailText

/// Which attribute of the regions of a VIA file is their class.
///
/// The format knows attributes, but no classes. The one that a person names counts; otherwise, of those that regions of
/// the file have, in this order: one that is called class, category, label, object, type or name (in the singular or
/// plural, with or without `name` behind it); the only one; the first one. Where more than one comes into question, the
/// file is remarked on.
struct VIAClass {
    /// In the order in which they are asked for a value.
    private let keys: [String]
    /// Whether there are attributes at all.
    private let hasAttributes: Bool

    private static let names = ["class", "category", "label", "object", "type", "name"]

    /// - Parameters:
    ///   - attributes: The names that regions have, in the order of the file.
    ///   - chosen: The one that a person names.
    init(attributes: [String], chosen: String?, batch: RecordBatch) {
        hasAttributes = !attributes.isEmpty
        if let chosen {
            keys = [chosen]
            return
        }
        let candidates = attributes.filter { $0 != "score" }
        let known = Self.names.flatMap { name in candidates.filter { Self.plain($0) == name } }
        keys = known.isEmpty ? Array(candidates.prefix(1)) : known
        let others = known.isEmpty ? candidates.dropFirst() : known.dropFirst()
        guard let taken = keys.first, !others.isEmpty else { return }
        batch.remarkOnFile(
            .classAttribute, "\(taken) is taken, not \(others.joined(separator: " or "))")
    }

    /// A name as the list has it: `Class_Names` is `class`.
    private static func plain(_ name: String) -> String {
        var plain = name.lowercased().filter(\.isLetter)
        if plain.hasSuffix("names") { plain = String(plain.dropLast(5)) + "name" }
        if plain.hasSuffix("name"), plain.count > 4 { plain = String(plain.dropLast(4)) }
        switch plain {
        case "classes": return "class"
        case "categories": return "category"
        case "names": return "name"
        default: return plain.hasSuffix("s") && !plain.hasSuffix("ss") ? String(plain.dropLast()) : plain
        }
    }

    /// The row of the category of the region that is added next.
    func category(of attributes: JSONMembers?, in batch: RecordBatch) throws -> Int {
        for key in keys {
            guard let range = attributes?.members.last(where: { $0.key.string == key })?.value, let attributes else {
                continue
            }
            var json = attributes.reader(at: range)
            let values = try Self.values(&json)
            if !values.isEmpty { return batch.category(ofFirst: values) }
        }
        return batch.category(
            ofFirst: [],
            missing: hasAttributes ? "no value of \(keys.joined(separator: ", "))" : "no attributes")
    }

    /// A text or number; of the object that check boxes make, the keys that are on.
    private static func values(_ json: inout JSONReader) throws(JSONError) -> [String] {
        switch try json.peek() {
        case .string, .number:
            let text = try json.scalarText().trimmingSpaces()
            return text.isEmpty ? [] : [text]
        case .object:
            var values: [String] = []
            try json.beginObject()
            while let key = try json.nextKey() {
                let isOn = try json.scalarText()
                if !["false", "0", ""].contains(isOn) { values.append(key.string) }
            }
            return values
        default: return []
        }
    }
}
