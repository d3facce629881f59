/// What a search has found.
extension TuningSearch {
    /// The candidate to go on with.
    public struct Recommendation: Hashable, Sendable {
        public var candidate: Int
        public var score: Score
        /// The round it was chosen in, counted from 0.
        public var round: Int
        /// Other candidates of that round with an AP so near the best that the search cannot tell them apart.
        public var rivals: [Int]
        /// Whether it is not the one with the best score, but the faster of those that are as good.
        public var isFasterThanBest: Bool
    }

    /// What became of a trial's candidate.
    public enum Fate: String, Codable, Sendable {
        case recommended
        case wentOn = "went on"
        case leftBehind = "left behind"
        case diverged
        case stopped
    }

    /// Differences of AP up to this say nothing after a short training.
    public static let closePrecision = 0.01

    /// The candidates of a round that have a score, the best first; of equal ones those that come first in the list.
    public func ranking(ofRound round: Int) -> [Int] {
        scores(ofRound: round).sorted { ($1.score, $0.candidate) < ($0.score, $1.candidate) }.map(\.candidate)
    }

    private func scores(ofRound round: Int) -> [(candidate: Int, score: Score)] {
        trials.compactMap { trial in
            guard trial.round == round, case .measured(let score) = trial.ending else { return nil }
            return (trial.candidate, score)
        }
    }

    /// Whether every candidate of a round was tried to the end.
    private func isComplete(_ round: Int) -> Bool {
        trials.count { $0.round == round && $0.ending != .interrupted } == fields[round].count
    }

    /// The best of the last round that was brought to its end, or of what there is of the first; of candidates that are
    /// as good the fastest. Nil when nothing was measured.
    public var recommendation: Recommendation? {
        let decisive = fields.indices.last { isComplete($0) && !scores(ofRound: $0).isEmpty } ?? 0
        let measured = Dictionary(
            scores(ofRound: decisive).map { ($0.candidate, $0.score) }, uniquingKeysWith: { $1 })
        let ranked = ranking(ofRound: decisive)
        guard let best = ranked.first, let bestScore = measured[best] else { return nil }
        let close = ranked.filter { candidate in
            bestScore.averagePrecision - (measured[candidate]?.averagePrecision ?? -1) <= Self.closePrecision + 1e-9
        }
        // The first of the fastest is the best of them.
        let chosen = close.min { secondsPerEpoch(of: $0) < secondsPerEpoch(of: $1) } ?? best
        return Recommendation(
            candidate: chosen, score: measured[chosen] ?? bestScore, round: decisive,
            rivals: close.filter { $0 != chosen }, isFasterThanBest: chosen != best)
    }

    public func fate(of trial: Trial) -> Fate {
        switch trial.ending {
        case .diverged: return .diverged
        case .interrupted: return .stopped
        case .measured:
            if trial.round + 1 < fields.count, fields[trial.round + 1].contains(trial.candidate) { return .wentOn }
            if let recommendation, recommendation.round == trial.round, recommendation.candidate == trial.candidate {
                return .recommended
            }
            return .leftBehind
        }
    }
}
