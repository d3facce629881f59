import NeedletailDatasets

/// Which images belong together: frames of one video, photographs of one patient, copies of one picture.
public struct ImageGroups: Sendable {
    /// For each image the lowest row of its group.
    public var groups: [Int] { parents.indices.map(root) }
    /// How many images no pattern or field put into a group.
    public private(set) var ungrouped = 0
    /// How many images repeat another, or nearly so.
    public private(set) var similarCount = 0
    private var parents: [Int]
    private let dataset: Dataset

    /// Every image by itself.
    public init(_ dataset: Dataset) {
        self.dataset = dataset
        parents = Array(0..<dataset.images.count)
    }

    /// Puts images together of whose file names the pattern takes the same part: the parentheses in it, or all that
    /// it matches.
    ///
    /// - Throws: `CurationError` when the pattern is not a regular expression, or fits no file name.
    public mutating func join(byPattern pattern: String) throws(CurationError) {
        let expression: Regex<AnyRegexOutput>
        do { expression = try Regex(pattern) } catch {
            throw CurationError(.unsuitablePattern, problem: "\"\(pattern)\" is not a regular expression: \(error)")
        }
        join { [dataset] row in
            guard let match = try? expression.firstMatch(in: dataset.images[row].fileName) else { return nil }
            let captured = match.output.dropFirst().compactMap { $0.substring.map(String.init) }
            return captured.isEmpty ? match.output.first?.substring.map(String.init) : captured.joined(separator: "\0")
        }
        if ungrouped == dataset.images.count, ungrouped > 0 {
            throw CurationError(
                .unsuitablePattern,
                problem: "\"\(pattern)\" fits no file name; the first is \(dataset.images[0].fileName)",
                remedy: "Give a pattern with the group in parentheses.")
        }
    }

    /// Puts images together that have the same value in a field of their records: `video_id` ...
    ///
    /// - Throws: `CurationError` when no image has the field.
    public mutating func join(byField field: String) throws(CurationError) {
        join { [dataset] row in dataset.field(field, ofImage: row) }
        if ungrouped == dataset.images.count, ungrouped > 0 {
            throw CurationError(
                .unknownName, problem: "no image has a field \"\(field)\" with a text or a number",
                remedy: "Give the name of another.")
        }
    }

    /// Puts pictures together that are the same or nearly so; all image files are read. Those that cannot be read
    /// stay by themselves.
    ///
    /// - Parameter progress: Called now and then with how many files of how many have been read.
    public mutating func joinSimilarPictures(progress: (Int, Int) -> Void = { _, _ in }) {
        let pictures = CheckedPictures([dataset], progress: progress)
        var owners = [Int?](repeating: nil, count: pictures.paths.count)
        for (row, place) in pictures.places[0].enumerated() {
            if let owner = owners[place] { unite(row, owner) } else { owners[place] = row }
        }
        let matches = SimilarPictures(paths: pictures.paths, facts: pictures.facts).matches
        for (place, match) in matches {
            if let row = owners[place], let other = owners[match.original] { unite(row, other) }
        }
        similarCount = matches.count
    }

    private mutating func join(_ key: (Int) -> String?) {
        var first: [String: Int] = [:]
        var without = 0
        for row in 0..<dataset.images.count {
            guard let key = key(row) else {
                without += 1
                continue
            }
            if let other = first[key] { unite(row, other) } else { first[key] = row }
        }
        ungrouped = without
    }

    private mutating func unite(_ left: Int, _ right: Int) {
        let (left, right) = (root(left), root(right))
        parents[max(left, right)] = min(left, right)
    }

    private func root(_ row: Int) -> Int {
        var row = row
        while parents[row] != row { row = parents[row] }
        return row
    }
}
