import NeedletailDatasets
import NeedletailGeometry
import NeedletailText

/// One result of a Label Studio annotation: a labelled shape, a shape or a label alone, a choice, a relation ...
struct LabelStudioRegion {
    let members: JSONMembers
    let value: JSONMembers
    let id: String?
    /// What the result is of: `rectanglelabels`, `choices`, `relation` ...
    let kind: String
    /// The labels of a region; empty when it has none.
    let labels: [String]
    /// What was chosen for the region or the whole image.
    let choices: [String]

    init(_ members: JSONMembers) throws {
        self.members = members
        value = try members.object("value") ?? members
        id = try members.string("id")
        labels = try Self.texts(of: value) { $0.hasSuffix("labels") }
        choices = try Self.texts(of: value) { $0 == "choices" }
        let key = value.members.lazy.map(\.key.string).first { $0.hasSuffix("labels") }
        kind = try members.string("type") ?? key ?? "a region"
    }

    private static func texts(of value: JSONMembers, under isKey: (String) -> Bool) throws -> [String] {
        var texts: [String] = []
        for (key, range) in value.members where isKey(key.string) {
            var json = value.reader(at: range)
            guard try json.peek() == .array else { continue }
            try json.beginArray()
            while try json.nextElement() {
                if try json.peek() == .string { texts.append(try json.readString()) } else { try json.skipValue() }
            }
        }
        return texts
    }

    /// Kinds of results that repeat the place of a region and say something about it.
    private static let remarks: Set<String> = [
        "choices", "textarea", "rating", "taxonomy", "number", "datetime", "ranker", "pairwise",
    ]

    /// Whether this is an object of the image, labelled or not.
    var isShape: Bool {
        guard !Self.remarks.contains(kind) || !labels.isEmpty else { return false }
        if value.has("sequence") { return false }
        return (value.has("x") && value.has("y")) || value.has("points") || value.has("vertices") || value.has("rle")
    }
}
