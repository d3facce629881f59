/// What a detector gets wrong, how much that costs, and from which confidence it is best used.
///
/// Made by ``COCOEvaluator/errorAnalysis(_:)``. Detections are assigned to objects by COCO's rule at one IoU
/// threshold; a ground truth with id 0 counts like any other.
public struct ErrorAnalysis: Sendable {
    /// One category's curve and counts.
    public struct Category: Hashable, Sendable {
        /// `nil` when the evaluation does not tell categories apart.
        public var categoryID: Int?
        public var curve: ConfidenceCurve
        /// Objects that must be found.
        public var groundTruthCount: Int
        /// At the operating point of all categories together.
        public var truePositives: Int
        public var falsePositives: Int
        /// Errors by kind, whatever the confidence; a detection's by its own category, a missed object's by its.
        public var errorCounts: [ErrorKind: Int]

        /// At the operating point.
        public var falseNegatives: Int { groundTruthCount - truePositives }
    }

    /// The objects of one area range, bounds included as in COCO.
    public struct Size: Hashable, Sendable {
        public var range: COCOOptions.AreaRange
        /// Objects that must be found.
        public var groundTruthCount: Int
        /// Of those, found at the operating point.
        public var found: Int
        /// False positives at the operating point whose own box is of this size.
        public var falsePositives: Int
        /// At the analysis' IoU threshold, over all confidences; `nil` without objects.
        public var averagePrecision: Double?

        /// Share of the objects found at the operating point; `nil` without objects.
        public var recall: Double? { groundTruthCount == 0 ? nil : Double(found) / Double(groundTruthCount) }
    }

    public let options: ErrorAnalysisOptions
    /// The confidence that everything "at the operating point" goes by; infinite without detections.
    public let operatingConfidence: Double
    /// All categories together: every detection and every object counts once.
    public let overall: ConfidenceCurve
    /// By ascending category id.
    public let categories: [Category]
    /// COCO's AP at the analysis' IoU threshold; 0 without objects.
    public let averagePrecision: Double
    /// By kind, for all six.
    public let costs: [ErrorKind: ErrorCost]
    /// How many errors of each kind there are at the operating point: false positives by what is wrong with them, and
    /// as missed the objects that no detection finds or, with a loose box or a wrong class, points at.
    public let operatingCounts: [ErrorKind: Int]
    /// Gain of AP if no false positive were as confident as a true one.
    public let falsePositiveCost: Double
    /// Gain of AP if objects that were not found did not count.
    public let falseNegativeCost: Double
    /// At the operating point.
    public let confusion: ConfusionMatrix
    /// One an area range of the evaluator's options.
    public let sizes: [Size]
    /// Every image at the operating point, by ascending id.
    public let images: [ImageErrors]
    /// The most confident errors of each kind; missed objects by descending area.
    public let examples: [ErrorKind: [ErrorExample]]
}
