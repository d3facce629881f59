/// The settings of an ``ErrorAnalysis``.
public struct ErrorAnalysisOptions: Hashable, Sendable {
    /// The confidence from which a detection counts as made, for everything that needs one.
    public enum OperatingPoint: Hashable, Sendable {
        /// The confidence that maximises F1 over all categories together.
        case maximumF1
        case confidence(Double)
    }

    /// From this IoU on a detection finds an object; TIDE's foreground threshold.
    public var iouThreshold: Double
    /// Up to this IoU a detection lies on background; TIDE's background threshold.
    public var backgroundThreshold: Double
    /// How many detections of an image and category count, best first.
    public var detectionLimit: Int
    public var operatingPoint: OperatingPoint
    /// Points kept of each curve at most; the best point is always among them.
    public var maximumCurvePoints: Int
    /// Examples kept of each kind of error at most, the most confident first.
    public var maximumExamples: Int

    public init(
        iouThreshold: Double = 0.5, backgroundThreshold: Double = 0.1, detectionLimit: Int = 100,
        operatingPoint: OperatingPoint = .maximumF1, maximumCurvePoints: Int = 500, maximumExamples: Int = 100
    ) {
        self.iouThreshold = iouThreshold
        self.backgroundThreshold = backgroundThreshold
        self.detectionLimit = detectionLimit
        self.operatingPoint = operatingPoint
        self.maximumCurvePoints = maximumCurvePoints
        self.maximumExamples = maximumExamples
    }

    func validate() throws(EvaluationError) {
        guard iouThreshold > 0, iouThreshold <= 1 else {
            throw .invalidOptions("the IoU threshold must be above 0 and at most 1, not \(iouThreshold)")
        }
        guard backgroundThreshold >= 0, backgroundThreshold < iouThreshold else {
            throw .invalidOptions("the threshold of background must be at least 0 and below the IoU threshold")
        }
        guard detectionLimit > 0, maximumCurvePoints > 1, maximumExamples >= 0 else {
            throw .invalidOptions(
                "the limit of detections, the number of points of a curve (2 or more) or that of examples is too small")
        }
        if case .confidence(let value) = operatingPoint, !value.isFinite {
            throw .invalidOptions("the confidence of the operating point must be finite")
        }
    }
}
