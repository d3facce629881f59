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

    /// Matches all classes and reads their curves off.
    ///
    /// The classes are taken a few at a time, as many as have enough to do for all cores, so that what is worked on
    /// stays near the cores and the memory needed beyond the boxes is that of a few classes. Each of the steps
    /// writes places of its own, so that the result does not depend on the number of threads.
    ///
    /// - Parameter classes: Those to fill in; the rows of the others stay −1. All unless given.
    init(_ partition: ClassPartition, rules: MatchRules, classes: Set<Int>? = nil) {
        thresholdCount = rules.iouThresholds.count
        recallCount = rules.recallThresholds.count
        categoryCount = partition.classCount
        areaCount = rules.areaLowers.count
        limitCount = rules.detectionLimits.count
        let rowCount = categoryCount * areaCount * limitCount * thresholdCount
        precisions = Array(repeating: -1, count: rowCount * recallCount)
        scores = precisions
        recalls = Array(repeating: -1, count: rowCount)
        for batch in partition.batches(detections: 1 << 18, classes: classes) {
            fill(batch, of: partition, rules: rules)
        }
    }

    private mutating func fill(_ batch: [Int], of partition: ClassPartition, rules: MatchRules) {
        let sorted = concurrentMap(batch.count) {
            SortedClass(partition, class: batch[$0], rules: rules)
        }
        let jobs = MatchJob.jobs(partition, classes: batch)
        let results = concurrentMap(jobs.count) { jobs[$0].run(partition, rules: rules) }
        let matched = concurrentMap(batch.count) { i in
            let first = jobs.firstIndex { $0.classIndex >= batch[i] } ?? jobs.count
            let last = jobs.firstIndex { $0.classIndex > batch[i] } ?? jobs.count
            return MatchedClass(sorted[i], results: results[first..<last], rules: rules)
        }
        let layout = self
        precisions.withUnsafeMutableBufferPointer { precisions in
            scores.withUnsafeMutableBufferPointer { scores in
                recalls.withUnsafeMutableBufferPointer { recalls in
                    guard let precisions = precisions.baseAddress, let scores = scores.baseAddress,
                        let recalls = recalls.baseAddress
                    else { return }
                    concurrentLoop(batch.count * layout.areaCount) { job in
                        let (i, area) = (job / layout.areaCount, job % layout.areaCount)
                        layout.sweep(
                            matched[i], category: batch[i], area: area,
                            positives: partition.positives(class: batch[i], area: area, rules: rules),
                            rules: rules, precisions: precisions, scores: scores, recalls: recalls)
                    }
                }
            }
        }
    }

    /// Fills the rows of a category and an area range; `self` says where they are.
    private func sweep(
        _ matched: MatchedClass, category: Int, area: Int, positives: Int, rules: MatchRules,
        precisions: UnsafeMutablePointer<Double>, scores: UnsafeMutablePointer<Double>,
        recalls: UnsafeMutablePointer<Double>
    ) {
        if positives == 0 { return }
        for limit in 0..<limitCount {
            let first = row(category, area, limit, 0)
            if limit > matched.sorted.highestLevel {
                // No image has so many that this limit admits more than the one before.
                let before = row(category, area, limit - 1, 0)
                let values = thresholdCount * recallCount
                (precisions + first * recallCount).update(from: precisions + before * recallCount, count: values)
                (scores + first * recallCount).update(from: scores + before * recallCount, count: values)
                (recalls + first).update(from: recalls + before, count: thresholdCount)
                continue
            }
            var sweep = PrecisionSweep(matched, area: area, limit: limit, positives: positives, rules: rules)
            for threshold in 0..<thresholdCount {
                recalls[first + threshold] = sweep.run(
                    threshold: threshold, recallThresholds: rules.recallThresholds,
                    precisions: precisions + (first + threshold) * recallCount,
                    recallScores: scores + (first + threshold) * recallCount)
            }
        }
    }
}
