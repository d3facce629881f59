import Needletail
import Testing

/// A search on a clock of its own: trials take what they are said to take.
@Suite struct TuningSearchTests {
    /// What trials do to the clock, and what they give.
    private final class Machine {
        var now = 0.0
        var requests: [TuningSearch.Request] = []
        /// By group.
        let secondsPerEpoch: [Double]
        let group: (Int) -> Int
        let result: (TuningSearch.Request) -> TuningSearch.Ending

        init(
            secondsPerEpoch: [Double], group: @escaping (Int) -> Int,
            result: @escaping (TuningSearch.Request) -> TuningSearch.Ending
        ) {
            self.secondsPerEpoch = secondsPerEpoch
            self.group = group
            self.result = result
        }

        func train(_ request: TuningSearch.Request) -> (epochs: Int, ending: TuningSearch.Ending) {
            requests.append(request)
            now += Double(request.epochs) * secondsPerEpoch[group(request.candidate)]
            return (request.epochs, result(request))
        }
    }

    private static func score(_ precision: Double, _ precision50: Double = 0) -> TuningSearch.Ending {
        .measured(.init(averagePrecision: precision, averagePrecision50: precision50))
    }

    /// Three candidates of a second an epoch, three of two.
    private static let candidates = (0..<6).map {
        TuningSearch.Candidate(group: $0 / 3, secondsPerEpoch: $0 < 3 ? 1 : 2)
    }

    /// Of 40 seconds 36 are planned, in three rounds: 2 seconds for each of six. 28 are left then, of which 25.2 are for
    /// two rounds: 4.2 for each of three. 16 are left, 14.4 for each of two 7.2.
    @Test func theBetterHalfGoesOnWithMoreTime() throws {
        let scores = [[0.1, 0.2, 0.3, 0.25, 0.05, 0], [0, 0.4, 0.495, 0.5], [0, 0, 0.592, 0.6]]
        let machine = Machine(secondsPerEpoch: [1, 2], group: { $0 / 3 }) { request in
            request.candidate == 5 ? .diverged : Self.score(scores[request.round][request.candidate])
        }
        var search = try TuningSearch(Self.candidates, budget: 40)
        try search.run(secondsLeft: { 40 - machine.now }, train: machine.train)
        #expect(machine.requests.map(\.candidate) == [0, 1, 2, 3, 4, 5, 2, 3, 1, 3, 2])
        #expect(machine.requests.map(\.epochs) == [2, 2, 2, 1, 1, 1, 4, 2, 4, 3, 7])
        #expect(search.fields == [[0, 1, 2, 3, 4, 5], [2, 3, 1], [3, 2]])
        #expect(machine.now == 37)
        // 0.592 is no less than 0.6 after so short a training, and takes half the time.
        let recommendation = try #require(search.recommendation)
        #expect(recommendation.candidate == 2 && recommendation.rivals == [3] && recommendation.isFasterThanBest)
        #expect(
            search.trials.map { search.fate(of: $0) } == [
                .leftBehind, .wentOn, .wentOn, .wentOn, .leftBehind, .diverged, .wentOn, .wentOn, .leftBehind,
                .leftBehind, .recommended,
            ])
    }

    @Test func equalPrecisionIsDecidedByThatAtHalfOverlap() throws {
        let machine = Machine(secondsPerEpoch: [1], group: { _ in 0 }) { Self.score(0.5, [0.7, 0.9][$0.candidate]) }
        var search = try TuningSearch(Array(Self.candidates.prefix(2)), budget: 10)
        try search.run(secondsLeft: { 10 - machine.now }, train: machine.train)
        #expect(search.recommendation?.candidate == 1)
        #expect(search.recommendation?.rivals == [0])
        #expect(search.recommendation?.isFasterThanBest == false)
    }

    /// Epochs take three times as long as they were measured to take.
    @Test(arguments: [9.0, 14, 20, 40, 77, 300]) func theBudgetIsExceededByLessThanAnEpoch(budget: Double) throws {
        let machine = Machine(secondsPerEpoch: [3], group: { _ in 0 }) { Self.score(Double($0.candidate) / 10) }
        var search = try TuningSearch(
            (0..<6).map { _ in .init(group: 0, secondsPerEpoch: 1) }, budget: budget)
        try search.run(secondsLeft: { budget - machine.now }) { request in
            // A trial ends after the epoch that takes it beyond its time.
            var request = request
            request.epochs = min(request.epochs, max(Int(request.seconds / 3), 1))
            return machine.train(request)
        }
        #expect(machine.now < budget + 3)
        #expect(search.recommendation != nil)
    }

    /// A round that was cut short compares nothing: the one before decides.
    @Test func whatIsKnownWhenItIsStoppedIsRecommended() throws {
        let machine = Machine(secondsPerEpoch: [1, 2], group: { $0 / 3 }) { request in
            request.round == 1 && request.candidate == 3 ? .interrupted : Self.score(Double(request.candidate) / 10)
        }
        var search = try TuningSearch(Self.candidates, budget: 40)
        var known: [Int] = []
        search.run(secondsLeft: { 40 - machine.now }, train: machine.train) { known.append($0.trials.count) }
        #expect(machine.requests.map(\.candidate) == [0, 1, 2, 3, 4, 5, 5, 4, 3])
        #expect(known == Array(1...9))
        #expect(search.recommendation?.candidate == 5 && search.recommendation?.round == 0)
        #expect(search.fate(of: search.trials[8]) == .stopped)
    }

    @Test func whereAllDivergeNothingIsRecommended() throws {
        let machine = Machine(secondsPerEpoch: [1, 2], group: { $0 / 3 }) { _ in .diverged }
        var search = try TuningSearch(Self.candidates, budget: 40)
        try search.run(secondsLeft: { 40 - machine.now }, train: machine.train)
        #expect(search.trials.count == 6)
        #expect(search.recommendation == nil)
    }
}
