import NeedletailPlatform

/// How a time is shared out among candidates: each trains shortly, the better half longer, until two are compared.
///
/// Karnin, Koren and Somekh, "Almost Optimal Exploration in Multi-Armed Bandits", 2013; Jamieson and Talwalkar,
/// "Non-stochastic Best Arm Identification and Hyperparameter Optimization", 2016. Rounds take equal times, so that a
/// candidate has about twice as long in each as in the one before.
public struct SuccessiveHalving: Hashable, Sendable {
    public struct Round: Codable, Hashable, Sendable {
        public var candidates: Int
        /// That each of them trains.
        public var seconds: Double

        public init(candidates: Int, seconds: Double) {
            self.candidates = candidates
            self.seconds = seconds
        }
    }

    public let rounds: [Round]

    /// The part of a time that is planned; the rest is for what lies between epochs, and for epochs that take longer.
    public static let plannedShare = 0.9

    /// As many rounds as leave time for an epoch of the slowest candidate in the first.
    ///
    /// - Parameters:
    ///   - secondsPerEpoch: Of each candidate.
    ///   - budget: In seconds, for all of it.
    /// - Throws: ``TrainingError`` when there is no time for one epoch of each, with the time that it takes.
    /// - Precondition: At least one candidate.
    public init(secondsPerEpoch: [Double], budget: Double) throws {
        precondition(!secondsPerEpoch.isEmpty, "a search without candidates")
        let slowest = secondsPerEpoch.max() ?? 0
        let planned = budget * Self.plannedShare
        let counts = Self.counts(of: secondsPerEpoch.count)
        let roundCount = (1...counts.count).last { planned / Double($0 * secondsPerEpoch.count) >= slowest }
        guard let roundCount else {
            let needed = Self.neededSeconds(secondsPerEpoch)
            throw TrainingError(
                .configuration,
                problem:
                    "an epoch of each of \(secondsPerEpoch.count) candidates takes up to \(Int(saturating: slowest.rounded(.up))) s here: "
                    + "the search needs at least \(Int(saturating: needed.rounded(.up))) s, and a few times that to tell them apart",
                remedy: """
                    Give more \(setting: .budget), fewer \(setting: .presets) or \(setting: .learningRates), or fewer \
                    images.
                    """)
        }
        rounds = counts.prefix(roundCount).map {
            Round(candidates: $0, seconds: planned / Double(roundCount * $0))
        }
    }

    /// The least budget for one epoch of each candidate.
    public static func neededSeconds(_ secondsPerEpoch: [Double]) -> Double {
        Double(secondsPerEpoch.count) * (secondsPerEpoch.max() ?? 0) / plannedShare
    }

    /// The candidates of each round: half as many as in the one before, rounded up, down to two.
    private static func counts(of candidates: Int) -> [Int] {
        var counts = [candidates]
        while let last = counts.last, last > 2 { counts.append((last + 1) / 2) }
        return counts
    }
}
