import NeedletailGeometry

/// The settings of a COCO evaluation; the defaults are those of the COCO box challenge.
public struct COCOOptions: Hashable, Sendable {
    /// How far the numbers follow pycocotools where it surprises people.
    public enum Conformance: String, Hashable, Sendable, Codable {
        /// Every number as pycocotools 2.0.11 computes it: a ground truth whose id is 0 is never a match,
        /// and the headline AP is −1 unless 100 is one of the detection limits.
        case reference
        /// A ground truth with id 0 counts like any other, and AP is taken at the largest limit.
        case corrected
    }

    /// A range of object areas in square pixels. Both ends belong to it, as in pycocotools, so that an object
    /// of exactly 1024 square pixels is small and medium.
    public struct AreaRange: Hashable, Sendable {
        public var label: String
        public var lower: Double
        public var upper: Double

        public init(label: String, lower: Double, upper: Double) {
            self.label = label
            self.lower = lower
            self.upper = upper
        }

        public static let all = AreaRange(label: "all", lower: 0, upper: 1e10)
        public static let small = AreaRange(label: "small", lower: 0, upper: 1024)
        public static let medium = AreaRange(label: "medium", lower: 1024, upper: 9216)
        public static let large = AreaRange(label: "large", lower: 9216, upper: 1e10)
    }

    /// Ascending; 0.5, 0.55 … 0.95, with the very doubles of `numpy.linspace`.
    public var iouThresholds: [Double]
    /// Ascending; 0, 0.01 … 1.
    public var recallThresholds: [Double]
    public var areaRanges: [AreaRange]
    /// How many detections of an image and category count, best first; put in ascending order.
    public var detectionLimits: [Int]
    /// When false, every box counts as one and the same category, as in the scoring of proposals.
    public var usesCategories: Bool
    public var conformance: Conformance
    public var inputPolicy: InputPolicy

    public init(
        iouThresholds: [Double] = COCOOptions.defaultIoUThresholds,
        recallThresholds: [Double] = COCOOptions.defaultRecallThresholds,
        areaRanges: [AreaRange] = [.all, .small, .medium, .large],
        detectionLimits: [Int] = [1, 10, 100],
        usesCategories: Bool = true,
        conformance: Conformance = .reference,
        inputPolicy: InputPolicy = .fail
    ) {
        self.iouThresholds = iouThresholds
        self.recallThresholds = recallThresholds
        self.areaRanges = areaRanges
        self.detectionLimits = detectionLimits.sorted()
        self.usesCategories = usesCategories
        self.conformance = conformance
        self.inputPolicy = inputPolicy
    }

    public static let defaultIoUThresholds = evenlySpaced(from: 0.5, to: 0.95, count: 10)
    public static let defaultRecallThresholds = evenlySpaced(from: 0, to: 1, count: 101)

    /// `numpy.linspace`: multiples of one rounded step, and the last value exact.
    ///
    /// - Precondition: `count > 1`.
    public static func evenlySpaced(from start: Double, to end: Double, count: Int) -> [Double] {
        let step = (end - start) / Double(count - 1)
        return (0..<count).map { $0 == count - 1 ? end : Double($0) * step + start }
    }

    func validate() throws(EvaluationError) {
        func isAscending(_ values: [Double]) -> Bool {
            values.allSatisfy(\.isFinite) && zip(values, values.dropFirst()).allSatisfy { $0 < $1 }
        }
        guard !iouThresholds.isEmpty, isAscending(iouThresholds) else {
            throw .invalidOptions("the IoU thresholds must be finite and ascending, and at least one")
        }
        guard !recallThresholds.isEmpty, isAscending(recallThresholds) else {
            throw .invalidOptions("the recall thresholds must be finite and ascending, and at least one")
        }
        guard !areaRanges.isEmpty, areaRanges.allSatisfy({ $0.lower <= $0.upper }),
            Set(areaRanges.map(\.label)).count == areaRanges.count
        else {
            throw .invalidOptions(
                "the ranges of area must have distinct labels and lower <= upper, and be at least one")
        }
        guard !detectionLimits.isEmpty, detectionLimits.count <= 255, detectionLimits.allSatisfy({ $0 > 0 }),
            zip(detectionLimits, detectionLimits.dropFirst()).allSatisfy({ $0 < $1 })
        else {
            throw .invalidOptions("the limits of detections must be positive, ascending and distinct, 1 to 255 of them")
        }
    }
}
