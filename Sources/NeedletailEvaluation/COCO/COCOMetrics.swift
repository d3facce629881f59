/// The outcome of a COCO evaluation.
public struct COCOMetrics: Sendable {
    /// One category's numbers, at the largest detection limit; `nil` where it has no ground truth.
    public struct Category: Hashable, Sendable {
        /// `nil` when the evaluation does not tell categories apart.
        public var categoryID: Int?
        /// Mean over the IoU thresholds.
        public var averagePrecision: Double?
        /// At IoU 0.5, if that is one of the thresholds.
        public var averagePrecision50: Double?
        /// At IoU 0.75, if that is one of the thresholds.
        public var averagePrecision75: Double?
        public var averageRecall: Double?
        /// One an area range, in the order of the options.
        public var averagePrecisionByArea: [Double?]
        public var averageRecallByArea: [Double?]
        /// Ground truths that must be found; crowds are not among them.
        public var groundTruthCount: Int
        /// Detections within the largest limit.
        public var detectionCount: Int
    }

    public let statistics: COCOStatistics
    public let options: COCOOptions
    /// By ascending category id, one for every category, with ground truth or without.
    public let categories: [Category]
    /// Properties of the data that change the numbers without saying so.
    public let findings: [EvaluationFinding]
    /// Records that were left out under ``InputPolicy/skip``.
    public let warnings: [InputWarning]
    /// Precision, recall and score at every setting, when asked for.
    public let table: PrecisionTable?

    /// The twelve numbers in COCO's order.
    public var stats: [Double] { statistics.values }

    /// The twelve lines that pycocotools prints, character for character, each with its line feed.
    public var summary: String {
        let first = formatFixed(options.iouThresholds[0], digits: 2)
        let last = formatFixed(options.iouThresholds[options.iouThresholds.count - 1], digits: 2)
        return zip(COCOStatistics.lines(options), stats).map { line, value in
            let title = line.isPrecision ? "Average Precision" : "Average Recall"
            let iou = line.iouThreshold.map { formatFixed($0, digits: 2) } ?? "\(first):\(last)"
            return " \(padded(title, to: 18)) \(line.isPrecision ? "(AP)" : "(AR)") @[ IoU=\(padded(iou, to: 9)) | "
                + "area=\(padded(line.areaLabel, to: -6)) | maxDets=\(padded("\(line.limit)", to: -3)) ] = "
                + "\(formatFixed(value, digits: 3))\n"
        }.joined()
    }
}

extension COCOEvaluator {
    func categoryResults(_ table: PrecisionTable, partition: ClassPartition) -> [COCOMetrics.Category] {
        let limit = table.limitCount - 1
        let thresholds = 0..<table.thresholdCount
        let whole = options.areaRanges.firstIndex { $0.label == "all" } ?? 0
        func value(_ mean: Double) -> Double? { mean < 0 ? nil : mean }

        return (0..<table.categoryCount).map { k in
            func precision(_ thresholds: Range<Int>, _ area: Int) -> Double? {
                value(table.meanPrecision(thresholds: thresholds, categories: k..<(k + 1), area: area, limit: limit))
            }
            func precision(at iou: Double) -> Double? {
                options.iouThresholds.firstIndex(of: iou).flatMap { precision($0..<($0 + 1), whole) }
            }
            func recall(_ area: Int) -> Double? {
                value(table.meanRecall(thresholds: thresholds, categories: k..<(k + 1), area: area, limit: limit))
            }
            return COCOMetrics.Category(
                categoryID: options.usesCategories ? records.categoryIDs[k] : nil,
                averagePrecision: precision(thresholds, whole),
                averagePrecision50: precision(at: 0.5),
                averagePrecision75: precision(at: 0.75),
                averageRecall: recall(whole),
                averagePrecisionByArea: (0..<table.areaCount).map { precision(thresholds, $0) },
                averageRecallByArea: (0..<table.areaCount).map { recall($0) },
                groundTruthCount: partition.positives(class: k, area: whole, rules: MatchRules(options)),
                detectionCount: partition.keptCounts[k])
        }
    }
}
