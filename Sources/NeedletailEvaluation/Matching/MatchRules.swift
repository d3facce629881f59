/// What the matching of one evaluation depends on, quirks included.
struct MatchRules: Sendable {
    var iouThresholds: [Double]
    var recallThresholds: [Double]
    var areaLowers: [Double]
    var areaUppers: [Double]
    /// Ascending.
    var detectionLimits: [Int]
    var usesCategories: Bool
    /// Whether a ground truth with id 0 can be found.
    var zeroIDMatches: Bool
    /// Whether the upper end of an area range is outside of it. COCO: no.
    var areaUpperIsExclusive = false
    /// Ranges an annotation by the area of its box where its own area is 0.
    var replacesZeroArea = false
    /// Leaves out ground truths whose box has no area, which no detection can match.
    var dropsEmptyGroundTruths = false
    /// Leaves out crowds, so that detections on them are false positives.
    var dropsCrowds = false

    init(_ options: COCOOptions) {
        iouThresholds = options.iouThresholds
        recallThresholds = options.recallThresholds
        areaLowers = options.areaRanges.map(\.lower)
        areaUppers = options.areaRanges.map(\.upper)
        detectionLimits = options.detectionLimits
        usesCategories = options.usesCategories
        zeroIDMatches = options.conformance == .corrected
    }

    func isOutside(_ area: Double, range: Int) -> Bool {
        area < areaLowers[range] || (areaUpperIsExclusive ? area >= areaUppers[range] : area > areaUppers[range])
    }
}
