import NeedletailGeometry

/// The splits that are compared with each other: every dataset is one, or several when its images name theirs.
struct SplitParts: Sendable {
    private(set) var names: [String] = []
    /// By dataset and image, the number of its part.
    private(set) var parts: [[Int]] = []
    /// The dataset of each part.
    private(set) var owners: [Int] = []

    init(_ subjects: [CheckSubject]) {
        for (owner, subject) in subjects.enumerated() {
            let dataset = subject.dataset
            let labels = concurrentFlatMap(runs: dataset.images.count) { rows in
                rows.map { dataset.field("split", ofImage: $0) ?? "" }
            }
            if labels.allSatisfy({ $0 == labels[0] }) {
                parts.append(Array(repeating: names.count, count: labels.count))
                names.append(subject.name)
                owners.append(owner)
                continue
            }
            let different = Set(labels).sorted()
            let first = names.count
            names += different.map { $0.isEmpty ? subject.name : "\(subject.name) (\($0))" }
            owners += Array(repeating: owner, count: different.count)
            let places = Dictionary(uniqueKeysWithValues: different.enumerated().map { ($1, $0) })
            parts.append(labels.map { first + (places[$0] ?? 0) })
        }
    }

    func part(ofImage row: Int, in subject: Int) -> Int { parts[subject][row] }
}
