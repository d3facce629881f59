/// The twelve numbers of COCO, −1 where there is nothing to average.
public struct COCOStatistics: Hashable, Sendable {
    /// In COCO's order: AP, AP50, AP75, AP small, medium, large; AR at the first, second and third limit, AR small,
    /// medium, large at the third.
    public let values: [Double]

    public var averagePrecision: Double { values[0] }
    public var averagePrecision50: Double { values[1] }
    public var averagePrecision75: Double { values[2] }
    public var averagePrecisionSmall: Double { values[3] }
    public var averagePrecisionMedium: Double { values[4] }
    public var averagePrecisionLarge: Double { values[5] }
    public var averageRecallAtFirstLimit: Double { values[6] }
    public var averageRecallAtSecondLimit: Double { values[7] }
    public var averageRecall: Double { values[8] }
    public var averageRecallSmall: Double { values[9] }
    public var averageRecallMedium: Double { values[10] }
    public var averageRecallLarge: Double { values[11] }

    /// Short names of ``values``, in the same order, where the options are COCO's.
    public static let names = names(COCOOptions())

    /// Short names of ``values``, in the same order; recalls are called by the number of detections they allow.
    public static func names(_ options: COCOOptions) -> [String] {
        lines(options).map { line in
            let name = line.isPrecision ? "AP" : "AR"
            if let iou = line.iouThreshold { return name + formatFixed(iou * 100, digits: 0) }
            if let size = line.areaLabel == "all" ? nil : line.areaLabel.first { return name + String(size) }
            return line.isPrecision ? name : "\(name)\(line.limit)"
        }
    }

    /// What a line of the summary averages over.
    struct Line {
        var isPrecision: Bool
        var iouThreshold: Double?
        var areaLabel: String
        var limit: Int
    }

    /// The twelve lines under the given options.
    static func lines(_ options: COCOOptions) -> [Line] {
        let limits = options.detectionLimits
        let largest = limits[limits.count - 1]
        let isReference = options.conformance == .reference
        let second = limits.count > 1 ? limits[1] : largest
        let third = isReference && limits.count > 2 ? limits[2] : largest
        func precision(_ iou: Double?, _ area: String, _ limit: Int) -> Line {
            Line(isPrecision: true, iouThreshold: iou, areaLabel: area, limit: limit)
        }
        func recall(_ area: String, _ limit: Int) -> Line {
            Line(isPrecision: false, iouThreshold: nil, areaLabel: area, limit: limit)
        }
        return [
            precision(nil, "all", isReference ? 100 : largest), precision(0.5, "all", third),
            precision(0.75, "all", third), precision(nil, "small", third), precision(nil, "medium", third),
            precision(nil, "large", third), recall("all", limits[0]), recall("all", second), recall("all", third),
            recall("small", third), recall("medium", third), recall("large", third),
        ]
    }

    init(_ table: PrecisionTable, options: COCOOptions) {
        values = Self.lines(options).map { line in
            guard let area = options.areaRanges.firstIndex(where: { $0.label == line.areaLabel }),
                let limit = options.detectionLimits.firstIndex(of: line.limit)
            else { return -1 }
            var thresholds = 0..<options.iouThresholds.count
            if let iou = line.iouThreshold {
                guard let index = options.iouThresholds.firstIndex(of: iou) else { return -1 }
                thresholds = index..<(index + 1)
            }
            let categories = 0..<table.categoryCount
            return line.isPrecision
                ? table.meanPrecision(thresholds: thresholds, categories: categories, area: area, limit: limit)
                : table.meanRecall(thresholds: thresholds, categories: categories, area: area, limit: limit)
        }
    }
}
