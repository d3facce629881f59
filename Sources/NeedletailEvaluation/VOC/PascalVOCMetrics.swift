/// The outcome of a Pascal VOC evaluation.
public struct PascalVOCMetrics: Hashable, Sendable {
    public struct Category: Hashable, Sendable {
        public var categoryID: Int
        /// By the rule of 2007, the mean at eleven recalls; `nil` without objects that must be found.
        public var averagePrecision2007: Double?
        /// By the rule since 2010, the area under the curve; `nil` without objects that must be found.
        public var averagePrecision2010: Double?
        /// Objects that must be found.
        public var groundTruthCount: Int
        /// Objects that are difficult or crowds.
        public var difficultCount: Int
        public var detectionCount: Int
    }

    /// By ascending category id.
    public let categories: [Category]
    /// Records that were left out under ``InputPolicy/skip``.
    public let warnings: [InputWarning]

    /// Mean over the categories that have objects to find; `nil` when none has.
    public var meanAveragePrecision2007: Double? { Self.mean(categories.compactMap(\.averagePrecision2007)) }

    /// Mean over the categories that have objects to find; `nil` when none has.
    public var meanAveragePrecision2010: Double? { Self.mean(categories.compactMap(\.averagePrecision2010)) }

    private static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
}
