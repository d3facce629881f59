/// The names that parts of a dataset go by.
package enum SplitName {
    /// The usual parts, in their order.
    package static let usual = ["train", "val", "test"]

    private static let alike = [
        "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "test": "test",
        "testing": "test",
    ]

    /// `train`, `val` or `test` for a name that means it, as `valid` or `Train2017` do; nil for others.
    package static func usual(_ name: some StringProtocol) -> String? {
        let plain = name.lowercased()
        let end = plain.lastIndex { !$0.isNumber && $0 != "_" && $0 != "-" }
        return end.flatMap { alike[String(plain[...$0])] }
    }

    /// The place among the usual parts.
    package static func order(_ name: String) -> Int { usual.firstIndex(of: name) ?? usual.count }

    /// Whether two names mean the same part.
    package static func isSame(_ one: some StringProtocol, _ other: some StringProtocol) -> Bool {
        one == other || usual(one).map { $0 == usual(other) } ?? false
    }

    /// `train`, `val` or `test` for a name that means it or has it as a word, as `train_images` does.
    package static func meant(by name: some StringProtocol) -> String? {
        usual(name) ?? written(in: name).flatMap { usual($0) }
    }

    /// The part that the name of a file or folder tells of, as `instances_val2017.json` does, as it is written there.
    package static func written(in name: some StringProtocol) -> String? {
        let words = name.split { !$0.isLetter && !$0.isNumber }
        let found = words.filter { usual($0) != nil }
        return found.count == 1 ? String(found[0]) : nil
    }
}
