import NeedletailData

/// What a correction came to.
struct RepairOutcome {
    let destination: String
    let changes: [DatasetChange]
    /// By the rule that asked for it.
    let mended: [String: Int]
    let takenOut: [String: Int]
    let left: [String: Int]

    init(_ repair: DatasetRepair, destination: String) {
        self.destination = destination
        changes = repair.changes
        func counts(_ changes: [DatasetChange]) -> [String: Int] {
            changes.reduce(into: [:]) { $0[$1.rule, default: 0] += 1 }
        }
        mended = counts(changes.filter { !$0.isRemoval })
        takenOut = counts(changes.filter(\.isRemoval))
        left = Dictionary(uniqueKeysWithValues: repair.remaining.map { ($0.key.rawValue, $0.value) })
    }

    var text: String {
        func part(_ counts: [String: Int], _ word: String) -> String {
            let sum = counts.values.reduce(0, +)
            let kinds = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            return "\(sum) \(word)" + (kinds.isEmpty ? "" : " (\(kinds.joined(separator: ", ")))")
        }
        return "\(destination): \(part(mended, "mended")), \(part(takenOut, "taken out")), "
            + part(left, "left as they are")
    }
}
