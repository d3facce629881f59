import NeedletailPlatform

/// A search among candidates within a time, by ``SuccessiveHalving``.
///
/// What a candidate is and how it is trained is the caller's. No trial begins for which there is no time left by what
/// epochs have taken, so that the time is exceeded by less than an epoch.
public struct TuningSearch {
    public struct Candidate: Hashable, Sendable {
        /// Candidates of one group take as long for an epoch.
        public var group: Int
        /// As measured beforehand.
        public var secondsPerEpoch: Double

        public init(group: Int, secondsPerEpoch: Double) {
            self.group = group
            self.secondsPerEpoch = secondsPerEpoch
        }
    }

    /// What a validation dataset says, by AP and then AP50.
    public struct Score: Codable, Hashable, Comparable, Sendable {
        public var averagePrecision: Double
        public var averagePrecision50: Double

        public init(averagePrecision: Double, averagePrecision50: Double) {
            self.averagePrecision = averagePrecision
            self.averagePrecision50 = averagePrecision50
        }

        public static func < (left: Score, right: Score) -> Bool {
            (left.averagePrecision, left.averagePrecision50) < (right.averagePrecision, right.averagePrecision50)
        }
    }

    public enum Ending: Hashable, Sendable {
        case measured(Score)
        /// Losses or weights were no numbers any more: worse than any score.
        case diverged
        /// A person stopped it.
        case interrupted
    }

    /// What a trial is asked to be.
    public struct Request: Hashable, Sendable {
        /// The candidate's place in ``TuningSearch/candidates``.
        public var candidate: Int
        /// Counted from 0.
        public var round: Int
        public var epochs: Int
        /// After which it should end even if it has had fewer epochs.
        public var seconds: Double
    }

    public struct Trial: Hashable, Sendable {
        public var candidate: Int
        /// Counted from 0.
        public var round: Int
        /// That it was trained for, none if it diverged in the first.
        public var epochs: Int
        public var seconds: Double
        public var ending: Ending
    }

    public let candidates: [Candidate]
    public let plan: SuccessiveHalving
    public private(set) var trials: [Trial] = []
    /// The candidates of each round that was begun, the better ones first.
    public private(set) var fields: [[Int]] = []
    /// Seconds that an epoch of each group takes, by its latest trial.
    public private(set) var paces: [Int: Double]

    /// - Throws: As ``SuccessiveHalving/init(secondsPerEpoch:budget:)``.
    public init(_ candidates: [Candidate], budget: Double) throws {
        self.candidates = candidates
        plan = try SuccessiveHalving(secondsPerEpoch: candidates.map(\.secondsPerEpoch), budget: budget)
        paces = Dictionary(candidates.map { ($0.group, $0.secondsPerEpoch) }, uniquingKeysWith: max)
    }

    /// The seconds that an epoch of a candidate takes.
    public func secondsPerEpoch(of candidate: Int) -> Double {
        paces[candidates[candidate].group] ?? candidates[candidate].secondsPerEpoch
    }

    /// Searches until two candidates have been compared, time is up, or a trial was interrupted.
    ///
    /// - Parameters:
    ///   - secondsLeft: Of the budget.
    ///   - train: Trains a candidate afresh and says for how many epochs and with what result.
    ///   - afterTrial: Is shown what is known by then.
    public mutating func run(
        secondsLeft: () -> Double, train: (Request) throws -> (epochs: Int, ending: Ending),
        afterTrial: (TuningSearch) throws -> Void = { _ in }
    ) rethrows {
        var field = Array(candidates.indices)
        for round in plan.rounds.indices {
            // What is left is shared anew: rounds before have taken more or less than they might have.
            let roundsLeft = plan.rounds.count - round
            let share = secondsLeft() * SuccessiveHalving.plannedShare / Double(roundsLeft * field.count)
            let slowest = field.map { secondsPerEpoch(of: $0) }.max() ?? 0
            if round > 0, share < slowest { return }
            fields.append(field)
            for candidate in field {
                let left = secondsLeft(), pace = secondsPerEpoch(of: candidate)
                guard trials.isEmpty || left >= pace else { return }
                let seconds = min(max(share, pace), max(left, pace))
                let request = Request(
                    candidate: candidate, round: round, epochs: max(Int(saturating: seconds / pace), 1),
                    seconds: seconds)
                let result = try train(request)
                let taken = left - secondsLeft()
                trials.append(
                    Trial(
                        candidate: candidate, round: round, epochs: result.epochs, seconds: taken, ending: result.ending
                    ))
                if result.ending != .interrupted, result.epochs > 0 {
                    paces[candidates[candidate].group] = taken / Double(result.epochs)
                }
                try afterTrial(self)
                if result.ending == .interrupted { return }
            }
            let ranked = ranking(ofRound: round)
            guard ranked.count > 1, round + 1 < plan.rounds.count else { return }
            field = Array(ranked.prefix(plan.rounds[round + 1].candidates))
        }
    }
}
