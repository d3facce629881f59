import NeedletailEvaluation
import ProgramRunner
import Testing

@Suite struct DescendingOrderTests {
    /// Against a sort by score and then by position, with few and many scores, ties, both zeros and both infinities.
    @Test(arguments: [0, 1, 2, 7, 128, 129, 1000, 20_000])
    func equalScoresStayAsTheyStand(count: Int) {
        var random = SplitMix(state: UInt64(count))
        let special = [0.0, -0.0, .infinity, -.infinity, 0.5, -0.5, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
        let scores = (0..<count).map { _ in
            random.chance(40) ? special[random.below(special.count)] : (random.unit() - 0.3) * 1000
        }
        let expected = scores.indices.sorted {
            scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1
        }
        #expect(DescendingOrder.positions(count: count) { scores[$0] }.map(Int.init) == expected)
    }
}
