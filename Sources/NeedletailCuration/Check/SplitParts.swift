import NeedletailAnnotations

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
            let labels = dataset.images.indices.map { dataset.field("split", ofImage: $0) ?? "" }
            let different = Set(labels).sorted()
            let first = names.count
            let isDivided = different.count > 1
            names +=
                isDivided ? different.map { $0.isEmpty ? subject.name : "\(subject.name) (\($0))" } : [subject.name]
            owners += Array(repeating: owner, count: names.count - first)
            let places = Dictionary(uniqueKeysWithValues: different.enumerated().map { ($1, isDivided ? $0 : 0) })
            parts.append(labels.map { first + (places[$0] ?? 0) })
        }
    }

    func part(ofImage row: Int, in subject: Int) -> Int { parts[subject][row] }
}
