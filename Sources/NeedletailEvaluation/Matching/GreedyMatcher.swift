import NeedletailGeometry

/// COCO's greedy assignment of detections to ground truths, for one category of one image.
///
/// Detections choose in order of score. Each takes the ground truth of highest IoU that is still free and
/// reaches the threshold, the later one on equal IoU; one that is ignored (a crowd, or of a size outside the
/// range) only when no other reaches it. A crowd can be taken any number of times.
///
/// IoUs below the lowest threshold can never matter, so they are dropped once, and the assignments for the
/// thresholds and area ranges walk the short lists that remain.
struct GreedyMatcher {
    private struct Pair {
        var truth: Int32
        var iou: Double
    }

    private let rules: MatchRules
    /// A threshold of 1 still admits an IoU of `1 - 1e-10`.
    private let floors: [Double]
    private let lowestFloor: Double
    private var truths = UnsafeBufferPointer<ClassPartition.Truth>(start: nil, count: 0)
    private var pairs: [Pair] = []
    /// Detections with at least one pair, by rank; no other can match.
    private(set) var candidates: [Int32] = []
    /// The ends of their runs in `pairs`.
    private var ends: [Int32] = []
    private var isTaken: [Bool] = []
    private var isIgnored: [Bool] = []
    private var preparedArea = -1

    init(rules: MatchRules) {
        self.rules = rules
        floors = rules.iouThresholds.map { min($0, 1 - 1e-10) }
        lowestFloor = floors.min() ?? 0
    }

    /// Computes the IoUs of an image. The buffers must stay valid until the last `match`.
    mutating func load(
        detections: UnsafeBufferPointer<ClassPartition.Candidate>,
        truths: UnsafeBufferPointer<ClassPartition.Truth>
    ) {
        self.truths = truths
        preparedArea = -1
        pairs.removeAll(keepingCapacity: true)
        candidates.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        for rank in 0..<detections.count {
            let box = detections[rank].box
            let before = pairs.count
            for index in 0..<truths.count where !(truths[index].isCrowd && rules.dropsCrowds) {
                let iou = Self.overlap(of: box, with: truths[index].box, isCrowd: truths[index].isCrowd)
                if !(iou < lowestFloor) { pairs.append(Pair(truth: Int32(index), iou: iou)) }
            }
            if pairs.count > before {
                candidates.append(Int32(rank))
                ends.append(Int32(pairs.count))
            }
        }
    }

    /// Reports what every candidate becomes whose match decides it, by its position in `candidates`.
    mutating func match(area: Int, threshold: Int, report: (_ candidate: Int, _ outcome: UInt8) -> Void) {
        if candidates.isEmpty { return }
        if preparedArea != area {
            preparedArea = area
            isIgnored.removeAll(keepingCapacity: true)
            for truth in truths { isIgnored.append(truth.isCrowd || rules.isOutside(truth.area, range: area)) }
        }
        isTaken.removeAll(keepingCapacity: true)
        isTaken.append(contentsOf: repeatElement(false, count: truths.count))

        var start = 0
        for (candidate, end) in ends.enumerated() {
            let end = Int(end)
            defer { start = end }
            var best = floors[threshold]
            var match = -1
            for pass in [false, true] {
                for i in start..<end {
                    let pair = pairs[i]
                    let index = Int(pair.truth)
                    if isIgnored[index] != pass || (isTaken[index] && !truths[index].isCrowd) || pair.iou < best {
                        continue
                    }
                    best = pair.iou
                    match = index
                }
                if match >= 0 { break }
            }
            guard match >= 0 else { continue }
            isTaken[match] = true
            if isIgnored[match] {
                report(candidate, MatchOutcome.ignored)
            } else if rules.zeroIDMatches || !truths[match].hasZeroID {
                report(candidate, MatchOutcome.truePositive)
            }
        }
    }

    /// Intersection over union, or over the detection's own area for a crowd; 0 where the boxes do not meet.
    ///
    /// Edges are `x + width` and areas `width * height` in double precision, in the order of operations of
    /// pycocotools' `bbIou`, so that the last bit agrees.
    static func overlap(of detection: Box, with truth: Box, isCrowd: Bool) -> Double {
        let width = min(detection.width + detection.x, truth.width + truth.x) - max(detection.x, truth.x)
        if width <= 0 { return 0 }
        let height = min(detection.height + detection.y, truth.height + truth.y) - max(detection.y, truth.y)
        if height <= 0 { return 0 }
        let intersection = width * height
        let area = detection.width * detection.height
        let union = isCrowd ? area : area + truth.width * truth.height - intersection
        return intersection / union
    }
}
