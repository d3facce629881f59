import Needletail
import Testing

/// How a search shares out its time; nine tenths of the budget are planned.
@Suite struct SuccessiveHalvingTests {
    private typealias Round = SuccessiveHalving.Round

    private func expect(_ plan: SuccessiveHalving, _ rounds: [Round]) {
        #expect(plan.rounds.map(\.candidates) == rounds.map(\.candidates))
        for (own, expected) in zip(plan.rounds, rounds) { #expect(abs(own.seconds - expected.seconds) < 1e-9) }
    }

    /// Of 80 seconds 72 are planned, 24 a round: 4 for each of six, which is an epoch of the slowest, 8 for each of three,
    /// 12 for each of two.
    @Test func eachRoundTakesAsLong() throws {
        let paces = [2.0, 2, 2, 4, 4, 4]
        try expect(
            SuccessiveHalving(secondsPerEpoch: paces, budget: 80),
            [
                Round(candidates: 6, seconds: 4), Round(candidates: 3, seconds: 8), Round(candidates: 2, seconds: 12),
            ])
        try expect(SuccessiveHalving(secondsPerEpoch: [1], budget: 10), [Round(candidates: 1, seconds: 9)])
        try expect(
            SuccessiveHalving(secondsPerEpoch: [1, 1, 1, 1, 1], budget: 100),
            [
                Round(candidates: 5, seconds: 6), Round(candidates: 3, seconds: 10), Round(candidates: 2, seconds: 15),
            ])
    }

    /// Of 79 seconds 71.1 are planned: a third of that is no epoch of the slowest for each of six, but half of it is.
    @Test func thereAreAsManyRoundsAsTheFirstLeavesTimeFor() throws {
        let paces = [2.0, 2, 2, 4, 4, 4]
        try expect(
            SuccessiveHalving(secondsPerEpoch: paces, budget: 79),
            [Round(candidates: 6, seconds: 5.925), Round(candidates: 3, seconds: 11.85)])
        try expect(SuccessiveHalving(secondsPerEpoch: paces, budget: 27), [Round(candidates: 6, seconds: 4.05)])
    }

    /// Six epochs of 4 seconds are 24; with the tenth that is not planned, 26.7.
    @Test func tooLittleTimeIsSaidBeforehand() throws {
        let paces = [2.0, 2, 2, 4, 4, 4]
        #expect(abs(SuccessiveHalving.neededSeconds(paces) - 24 / 0.9) < 1e-9)
        let error = try #require(throws: TrainingError.self) {
            try SuccessiveHalving(secondsPerEpoch: paces, budget: 26)
        }
        #expect(error.description.contains("needs at least 27 s"), "\(error)")
    }
}
