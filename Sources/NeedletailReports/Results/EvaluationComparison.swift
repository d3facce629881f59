import NeedletailEvaluation

/// Two detectors' results on one dataset, side by side.
public struct EvaluationComparison: Sendable {
    public struct Category: Sendable {
        public var categoryID: Int?
        public var name: String
        public var averagePrecision: Double?
        public var otherAveragePrecision: Double?

        /// Ours minus the other's, above 0 where ours is better; `nil` where either is not defined.
        public var difference: Double? {
            guard let averagePrecision, let otherAveragePrecision else { return nil }
            return averagePrecision - otherAveragePrecision
        }
    }

    public let otherPath: String
    /// The twelve numbers.
    public let stats: [Double]
    public let names: [String]
    public let otherStats: [Double]
    public let categories: [Category]

    /// Ours minus the other's; `nil` where either has nothing to average.
    public var differences: [Double?] {
        zip(stats, otherStats).map { $0 < 0 || $1 < 0 ? nil : $0 - $1 }
    }

    public init(_ evaluation: DetectionEvaluation, with other: DetectionEvaluation) {
        otherPath = other.input.detectionsPath
        stats = evaluation.metrics.stats
        names = COCOStatistics.names(evaluation.metrics.options)
        otherStats = other.metrics.stats
        categories = zip(evaluation.metrics.categories, other.metrics.categories).map { own, other in
            Category(
                categoryID: own.categoryID, name: evaluation.name(own.categoryID),
                averagePrecision: own.averagePrecision, otherAveragePrecision: other.averagePrecision)
        }
    }
}
