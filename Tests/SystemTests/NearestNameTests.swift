import NeedletailErrors
import Testing

@Suite struct NearestNameTests {
    /// One character put in, taken out, changed or swapped is one step; a third of the word's characters may differ.
    @Test(arguments: [
        ("trian", "train"), ("trai", "train"), ("trainn", "train"), ("brain", "train"), ("TRAIN", "train"), ("x", "y"),
        ("evalaute", "evaluate"), ("evlaaute", "evaluate"), ("ab", nil), ("trumpet", nil), ("", nil),
    ])
    func nearest(_ word: String, _ expected: String?) {
        #expect(NearestName.of(word, among: ["train", "evaluate", "y"]) == expected)
    }

    @Test func theFirstOfEquallyNearNames() {
        #expect(NearestName.of("cot", among: ["cat", "cut"]) == "cat")
        #expect(NearestName.question("cot", among: ["cut"]) == " Did you mean 'cut'?")
        #expect(NearestName.question("cot", among: ["horse"]) == "")
    }
}
