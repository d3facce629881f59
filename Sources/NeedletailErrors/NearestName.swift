/// The name that a person has probably meant by a word that is none: the one rule for verbs, choices, models and classes.
package enum NearestName {
    /// The name that differs least from a word, if that is by a third of its characters or less, or by one; case does not
    /// count. Of several the first.
    package static func of(_ word: String, among names: some Sequence<String>) -> String? {
        guard !word.isEmpty else { return nil }
        let limit = max(1, word.count / 3)
        let written = Array(word.lowercased())
        var nearest: (name: String, distance: Int)?
        for name in names where abs(name.count - written.count) <= limit {
            let distance = distance(written, Array(name.lowercased()))
            if distance <= limit, distance < nearest?.distance ?? .max { nearest = (name, distance) }
        }
        return nearest?.name
    }

    /// `Did you mean 'train'?` with a space in front; nothing where no name is near.
    package static func question(_ word: String, among names: some Sequence<String>) -> String {
        of(word, among: names).map { " Did you mean '\($0)'?" } ?? ""
    }

    /// How many characters to put in, take out, change, or swap with the next one (the restricted distance of Damerau and
    /// Levenshtein).
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var before: [Int] = []
        var row = Array(0...right.count)
        for i in left.indices {
            var next = [i + 1]
            for j in right.indices {
                var least = min(row[j] + (left[i] == right[j] ? 0 : 1), row[j + 1] + 1, next[j] + 1)
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    least = min(least, before[j - 1] + 1)
                }
                next.append(least)
            }
            (before, row) = (row, next)
        }
        return row[right.count]
    }
}
