import NeedletailGeometry
import Testing

@Suite struct CategoryNameIndexTests {
    private let index = CategoryNameIndex(["stop sign", "Cat", "cat", "tie", "tie", "caf\u{E9}"])

    @Test(arguments: [
        ("stop sign", [0]), ("Stop_Sign", [0]), (" stop-sign ", [0]), ("stopsign", []),
        // As it stands, or else only where one alone is meant.
        ("Cat", [1]), ("cat", [2]), ("CAT", []),
        // Several that are called exactly so.
        ("tie", [3, 4]), ("Tie", []), ("cafe\u{301}", [5]), ("dog", []),
    ]) func findsNames(_ name: String, _ places: [Int]) {
        #expect(index.places(of: name) == places)
        #expect(index.place(of: name) == places.first)
    }

    /// A name that is another's by its exact name is not taken for that one too.
    @Test func exactNamesGoFirst() {
        let index = CategoryNameIndex(["leaf", "fish"])
        #expect(index.places(of: ["leaf ", "FISH"]) == [[0], [1]])
        #expect(index.places(of: ["leaf ", "leaf", "Fish"]) == [[], [0], [1]])
    }

    @Test func thresholdsFollowTheNamesOfADataset() {
        let thresholds = ScoreThresholds(overall: 0.5, byCategory: ["stop sign": 0.25, "cat": 0.75])
        #expect(thresholds["cat"] == 0.75 && thresholds["dog"] == 0.5 && thresholds[nil] == 0.5)
        let renamed = thresholds.forCategories(["Stop_Sign", "dog"])
        #expect(renamed == ScoreThresholds(overall: 0.5, byCategory: ["Stop_Sign": 0.25]))
    }
}
