import NeedletailGeometry

/// Precision, recall and score at every setting of an evaluation; −1 where a category has no ground truth.
///
/// The axes are T IoU thresholds, R recall thresholds, K categories, A area ranges and M detection limits.
public struct PrecisionTable: Hashable, Sendable {
    public let thresholdCount: Int
    public let recallCount: Int
    public let categoryCount: Int
    public let areaCount: Int
    public let limitCount: Int

    /// `[K, A, M, T, R]`: what is computed together lies together.
    private var precisions: [Double]
    private var scores: [Double]
    /// `[K, A, M, T]`
    private var recalls: [Double]

    /// The interpolated precision at a recall threshold.
    public func precision(threshold: Int, recall: Int, category: Int, area: Int, limit: Int) -> Double {
        precisions[row(category, area, limit, threshold) * recallCount + recall]
    }

    /// The score of the detection with which a recall threshold is reached.
    public func score(threshold: Int, recall: Int, category: Int, area: Int, limit: Int) -> Double {
        scores[row(category, area, limit, threshold) * recallCount + recall]
    }

    /// The highest recall reached.
    public func recall(threshold: Int, category: Int, area: Int, limit: Int) -> Double {
        recalls[row(category, area, limit, threshold)]
    }

    /// All precisions in the order of pycocotools' `eval['precision']`, shape `[T, R, K, A, M]`.
    public func flattenedPrecisions() -> [Double] { transposed(precisions) }

    /// All scores in the order of pycocotools' `eval['scores']`, shape `[T, R, K, A, M]`.
    public func flattenedScores() -> [Double] { transposed(scores) }

    /// All recalls in the order of pycocotools' `eval['recall']`, shape `[T, K, A, M]`.
    public func flattenedRecalls() -> [Double] {
        var values: [Double] = []
        values.reserveCapacity(recalls.count)
        for t in 0..<thresholdCount {
            forEachSetting { k, a, m in values.append(recalls[row(k, a, m, t)]) }
        }
        return values
    }

    private func transposed(_ table: [Double]) -> [Double] {
        var values: [Double] = []
        values.reserveCapacity(table.count)
        for t in 0..<thresholdCount {
            for r in 0..<recallCount {
                forEachSetting { k, a, m in values.append(table[row(k, a, m, t) * recallCount + r]) }
            }
        }
        return values
    }

    private func forEachSetting(_ body: (_ category: Int, _ area: Int, _ limit: Int) -> Void) {
        for k in 0..<categoryCount {
            for a in 0..<areaCount {
                for m in 0..<limitCount { body(k, a, m) }
            }
        }
    }

    private func row(_ category: Int, _ area: Int, _ limit: Int, _ threshold: Int) -> Int {
        ((category * areaCount + area) * limitCount + limit) * thresholdCount + threshold
    }

    /// Mean precision over thresholds, recalls and categories that have ground truth, summed in numpy's order.
    func meanPrecision(thresholds: Range<Int>, categories: Range<Int>, area: Int, limit: Int) -> Double {
        var values: [Double] = []
        values.reserveCapacity(thresholds.count * recallCount * categories.count)
        for t in thresholds {
            for r in 0..<recallCount {
                for k in categories {
                    let value = precisions[row(k, area, limit, t) * recallCount + r]
                    if value > -1 { values.append(value) }
                }
            }
        }
        return values.cocoMean
    }

    /// Mean of the highest recalls, as ``meanPrecision(thresholds:categories:area:limit:)``.
    func meanRecall(thresholds: Range<Int>, categories: Range<Int>, area: Int, limit: Int) -> Double {
        var values: [Double] = []
        for t in thresholds {
            for k in categories {
                let value = recalls[row(k, area, limit, t)]
                if value > -1 { values.append(value) }
            }
        }
        return values.cocoMean
    }

    /// Copies the rows of one category from a table of the same shape.
    mutating func replaceCategory(_ category: Int, from other: PrecisionTable) {
        let rows = row(category, 0, 0, 0)..<row(category + 1, 0, 0, 0)
        recalls.replaceSubrange(rows, with: other.recalls[rows])
        let values = (rows.lowerBound * recallCount)..<(rows.upperBound * recallCount)
        precisions.replaceSubrange(values, with: other.precisions[values])
        scores.replaceSubrange(values, with: other.scores[values])
    }

    /// Reads the curves off a finished matching, in parallel over classes and area ranges.
    init(_ matches: MatchTable) {
        let rules = matches.rules
        thresholdCount = rules.iouThresholds.count
        recallCount = rules.recallThresholds.count
        categoryCount = matches.partition.classCount
        areaCount = rules.areaLowers.count
        limitCount = rules.detectionLimits.count
        let rowsPerJob = limitCount * thresholdCount
        let rowCount = categoryCount * areaCount * rowsPerJob
        precisions = Array(repeating: -1, count: rowCount * recallCount)
        scores = precisions
        recalls = Array(repeating: -1, count: rowCount)

        let (areas, thresholds, limits, recallWidth) = (areaCount, thresholdCount, limitCount, recallCount)
        precisions.withUnsafeMutableBufferPointer { precisions in
            scores.withUnsafeMutableBufferPointer { scores in
                recalls.withUnsafeMutableBufferPointer { recalls in
                    guard let precisionBase = precisions.baseAddress, let scoreBase = scores.baseAddress,
                        let recallBase = recalls.baseAddress
                    else { return }
                    concurrentLoop(rowCount / rowsPerJob) { job in
                        let (k, area) = (job / areas, job % areas)
                        let positives = matches.positives(class: k, area: area)
                        if positives == 0 { return }
                        var sweep = PrecisionSweep(positives: positives, recallThresholds: rules.recallThresholds)
                        let start = matches.partition.detectionStarts[k]
                        for limit in 0..<limits {
                            for threshold in 0..<thresholds {
                                let row = job * rowsPerJob + limit * thresholds + threshold
                                recallBase[row] = sweep.run(
                                    outcomes: matches.outcomes(class: k, area: area, threshold: threshold),
                                    levels: matches.levels + start, scores: matches.scores + start,
                                    count: matches.partition.keptCounts[k], limit: UInt8(limit),
                                    precisions: precisionBase + row * recallWidth,
                                    recallScores: scoreBase + row * recallWidth)
                            }
                        }
                    }
                }
            }
        }
    }
}
