import NeedletailGeometry
import Testing

@Suite struct RunLengthMaskTests {
    /// Rows 1 and 2 of columns 1 to 3 of a picture of 5x4, without the upper one of the middle column:
    ///
    ///     . . . . .
    ///     . # . # .
    ///     . # # # .
    ///     . . . . .
    ///
    /// Column by column 4 + 1 outside, 2 inside, 1 + 2 outside, 1, 1 + 1, 2, 1 + 4. The text is that of pycocotools 2.0.11.
    private let mask = RunLengthMask(width: 5, height: 4, counts: [5, 2, 3, 1, 2, 2, 5])

    @Test func whatItHolds() {
        #expect(mask?.area == 5)
        #expect(mask?.extent == Box(x: 1, y: 1, width: 3, height: 2))
        var runs: [String] = []
        mask?.forEachRun { runs.append("\($0): \($1)") }
        #expect(runs == ["1: 1..<3", "2: 2..<3", "3: 1..<3"])
    }

    @Test func asPycocotoolsWritesIt() {
        #expect(mask?.text == "523OO13")
        #expect(RunLengthMask(width: 5, height: 4, text: "523OO13") == mask)
        // Runs longer than five bits: 3 columns of 300 outside and 10, then 190.
        let long = RunLengthMask(width: 4, height: 300, counts: [910, 190, 100])
        #expect(long?.text == "^l0n5T3")
        #expect(RunLengthMask(width: 4, height: 300, text: "^l0n5T3") == long)
    }

    /// A run may go over the end of a column; masks may be of one colour.
    @Test func extremes() {
        let all = RunLengthMask(width: 2, height: 3, counts: [0, 6])
        #expect(all?.extent == Box(x: 0, y: 0, width: 2, height: 3))
        #expect(RunLengthMask(width: 2, height: 3, counts: [6])?.extent == nil)
        let two = RunLengthMask(width: 2, height: 3, counts: [2, 2, 2])
        #expect(two?.extent == Box(x: 0, y: 0, width: 2, height: 3))
    }

    @Test(arguments: [
        "", "5", "523OO1", "523OO13o", "523OO13\u{7f}", "é", "523OO1P", String(repeating: "o", count: 40),
    ])
    func whatIsNoMask(_ text: String) {
        #expect(RunLengthMask(width: 5, height: 4, text: text) == nil)
    }

    @Test(arguments: [
        (5, 4, [5, 2]), (5, 4, [21]), (5, 4, [-1, 21]), (0, 4, []), (5, -4, []), (1 << 21, 1, [1 << 21]),
        (5, 4, [Int.max, 1]),
    ]) func whatAreNoRuns(_ width: Int, _ height: Int, _ counts: [Int]) {
        #expect(RunLengthMask(width: width, height: height, counts: counts) == nil)
    }
}
