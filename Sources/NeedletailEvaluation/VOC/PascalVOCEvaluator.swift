import NeedletailGeometry

/// Average precision as the Pascal VOC challenge defines it, by both of its rules.
///
/// Detections of a category are taken by descending score, ties in image and input order. Each looks at the
/// ground truth of its image and category that it overlaps most (the first on equal overlap, taken or not): from
/// the IoU threshold on it is a hit, a false alarm when that object was already hit, and does not count when
/// the object is difficult or a crowd; below the threshold it is a false alarm. This is the development kit's
/// rule (`VOCevaldet.m`); COCO's moves on to the next free object instead.
///
/// Boxes are continuous. VOC files give the first and last pixel, 1-based and inclusive, so a VOC object from
/// `xmin` to `xmax` is the box from `xmin - 1` with width `xmax - xmin + 1`; read so, overlaps equal the
/// development kit's, which adds 1 itself.
public struct PascalVOCEvaluator: Sendable {
    public let iouThreshold: Double
    private var records: EvaluationRecords

    /// - Parameters:
    ///   - categories: The ids to evaluate.
    ///   - iouThreshold: Reached means found; above 0, at most 1.
    /// - Throws: ``EvaluationError/invalidOptions(_:)``.
    public init(
        categories: some Sequence<Int>, iouThreshold: Double = 0.5, inputPolicy: InputPolicy = .fail
    ) throws(EvaluationError) {
        guard iouThreshold > 0, iouThreshold <= 1 else {
            throw .invalidOptions("the IoU threshold must be above 0 and at most 1, not \(iouThreshold)")
        }
        self.iouThreshold = iouThreshold
        records = EvaluationRecords(categoryIDs: categories, policy: inputPolicy)
    }

    /// Takes one image, as ``COCOEvaluator/add(imageID:groundTruths:detections:)``.
    public mutating func add(
        imageID: Int, groundTruths: [GroundTruth], detections: [Detection]
    ) throws(EvaluationError) {
        try records.add(imageID: imageID, groundTruths: groundTruths, detections: detections)
    }

    /// What was left out under ``InputPolicy/skip``.
    public var warnings: [InputWarning] { records.warnings }

    /// The metrics of all images added so far.
    public func metrics() -> PascalVOCMetrics {
        var rules = MatchRules(COCOOptions())
        rules.detectionLimits = [Int(Int32.max)]
        let partition = ClassPartition(records, rules: rules)
        var categories = [PascalVOCMetrics.Category?](repeating: nil, count: partition.classCount)
        categories.withUnsafeMutableBufferPointer { categories in
            let categories = categories
            concurrentLoop(partition.classCount) { categories[$0] = category($0, partition: partition) }
        }
        return PascalVOCMetrics(categories: categories.compactMap(\.self), warnings: records.warnings)
    }

    private enum Outcome { case hit, falseAlarm, ignored }

    private func category(_ k: Int, partition: ClassPartition) -> PascalVOCMetrics.Category {
        let detections = partition.detections + partition.detectionStarts[k]
        let truths = partition.truths + partition.truthStarts[k]
        let truthCount = partition.truthEnds[k] - partition.truthStarts[k]
        let isOptional = (0..<truthCount).map { index in
            truths[index].isCrowd || records.groundTruths[Int(truths[index].record)].isDifficult
        }
        var isHit = [Bool](repeating: false, count: truthCount)
        var outcomes: [(score: Double, outcome: Outcome)] = []
        outcomes.reserveCapacity(partition.keptCounts[k])

        for segment in partition.segments[k] {
            let range = Int(segment.truthStart)..<Int(segment.truthStart + segment.truthCount)
            for slot in Int(segment.detectionStart)..<Int(segment.detectionStart + segment.detectionCount) {
                var best = 0.0
                var match = -1
                for index in range {
                    let iou = GreedyMatcher.overlap(of: detections[slot].box, with: truths[index].box, isCrowd: false)
                    if iou > best {
                        best = iou
                        match = index
                    }
                }
                var outcome = Outcome.falseAlarm
                if match >= 0, best >= iouThreshold {
                    if isOptional[match] {
                        outcome = .ignored
                    } else if !isHit[match] {
                        isHit[match] = true
                        outcome = .hit
                    }
                }
                outcomes.append((detections[slot].score, outcome))
            }
        }
        let order = DescendingOrder.positions(count: outcomes.count) { outcomes[$0].score }
        let positives = isOptional.count { !$0 }
        let curve = PascalVOCCurve(
            hits: order.lazy.map { outcomes[Int($0)].outcome }.filter { $0 != .ignored }.map { $0 == .hit })
        return PascalVOCMetrics.Category(
            categoryID: records.categoryIDs[k],
            averagePrecision2007: positives > 0 ? curve.elevenPointAverage(positives: positives) : nil,
            averagePrecision2010: positives > 0 ? curve.area(positives: positives) : nil,
            groundTruthCount: positives,
            difficultCount: truthCount - positives,
            detectionCount: outcomes.count)
    }
}

/// Precision at every hit, best score first, made non-increasing.
private struct PascalVOCCurve {
    private var precisions: [Double] = []

    init(hits: some Sequence<Bool>) {
        var hitCount = 0.0
        var total = 0.0
        for isHit in hits {
            total += 1
            guard isHit else { continue }
            hitCount += 1
            precisions.append(hitCount / total)
        }
        for i in precisions.indices.dropFirst().reversed() {
            precisions[i - 1] = max(precisions[i - 1], precisions[i])
        }
    }

    /// The mean precision at recall 0, 0.1 … 1. Recalls are compared as fractions of whole numbers, so that three
    /// hits of ten reach 0.3 where `0:0.1:1` in floating point has a little more than 0.3.
    func elevenPointAverage(positives: Int) -> Double {
        var sum = 0.0
        for tenth in 0...10 {
            let needed = max((tenth * positives + 9) / 10, 1)
            if needed <= precisions.count { sum += precisions[needed - 1] }
        }
        return sum / 11
    }

    /// The area under the interpolated curve: every hit adds a strip of width 1 / positives.
    func area(positives: Int) -> Double {
        precisions.reduce(0, +) / Double(positives)
    }
}
