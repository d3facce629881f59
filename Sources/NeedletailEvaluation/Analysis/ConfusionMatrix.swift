import NeedletailGeometry

/// Which categories are taken for which, with background as the last row and column.
///
/// Detections of at least ``confidence`` and objects that are no crowds are paired whatever their categories:
/// of all pairs with an IoU of at least the threshold the one of highest IoU is taken, then the next whose
/// detection and object are both free, and so on. On equal IoU a pair of one category goes first, then the
/// higher score, then the earlier detection and object. A detection left over is background taken for an object,
/// unless it lies on a crowd of any category (intersection over its own area at least the threshold): then it
/// does not count. An object left over is taken for background.
public struct ConfusionMatrix: Hashable, Sendable {
    /// By ascending id; row and column `categoryIDs.count` are background.
    public let categoryIDs: [Int]
    public let confidence: Double
    public let iouThreshold: Double
    /// Row by row, rows what is there, columns what was detected; `(K + 1)²` of them.
    public private(set) var counts: [Int]

    public var background: Int { categoryIDs.count }

    init(categoryIDs: [Int], confidence: Double, iouThreshold: Double) {
        self.categoryIDs = categoryIDs
        self.confidence = confidence
        self.iouThreshold = iouThreshold
        counts = Array(repeating: 0, count: (categoryIDs.count + 1) * (categoryIDs.count + 1))
    }

    /// Objects at a row that were taken for a column, by position in ``categoryIDs`` or ``background``.
    public subscript(truth row: Int, detected column: Int) -> Int {
        counts[row * (background + 1) + column]
    }

    /// The counts of a row as shares of its sum; zeros where the row is empty.
    public func rowShares(_ row: Int) -> [Double] {
        let values = counts[(row * (background + 1))..<((row + 1) * (background + 1))]
        let sum = values.reduce(0, +)
        return values.map { sum == 0 ? 0 : Double($0) / Double(sum) }
    }

    private mutating func count(_ row: Int, _ column: Int) {
        counts[row * (background + 1) + column] += 1
    }

    /// Adds the boxes of one image.
    ///
    /// - Parameters:
    ///   - truths: Its objects and their dense categories.
    ///   - detections: Its detections and their dense categories, of any confidence.
    mutating func add(
        truths: ArraySlice<GroundTruth>, truthCategories: ArraySlice<Int32>,
        detections: ArraySlice<Detection>, detectionCategories: ArraySlice<Int32>
    ) {
        struct Pair {
            var iou: Double
            var isSameCategory: Bool
            var score: Double
            var detection: Int
            var truth: Int
        }
        var pairs: [Pair] = []
        let kept = detections.indices.filter { detections[$0].score >= confidence }
        for detection in kept {
            for truth in truths.indices where !truths[truth].isCrowd {
                let iou = GreedyMatcher.overlap(
                    of: detections[detection].box, with: truths[truth].box, isCrowd: false)
                if iou >= iouThreshold {
                    pairs.append(
                        Pair(
                            iou: iou, isSameCategory: truthCategories[truth] == detectionCategories[detection],
                            score: detections[detection].score, detection: detection, truth: truth))
                }
            }
        }
        pairs.sort { a, b in
            if a.iou != b.iou { return a.iou > b.iou }
            if a.isSameCategory != b.isSameCategory { return a.isSameCategory }
            if a.score != b.score { return a.score > b.score }
            return (a.detection, a.truth) < (b.detection, b.truth)
        }
        var freeDetections = Set(kept)
        var freeTruths = Set(truths.indices.filter { !truths[$0].isCrowd })
        for pair in pairs where freeDetections.contains(pair.detection) && freeTruths.contains(pair.truth) {
            freeDetections.remove(pair.detection)
            freeTruths.remove(pair.truth)
            count(Int(truthCategories[pair.truth]), Int(detectionCategories[pair.detection]))
        }
        for truth in freeTruths { count(Int(truthCategories[truth]), background) }
        for detection in freeDetections {
            let isAbsorbed = truths.contains { truth in
                truth.isCrowd
                    && GreedyMatcher.overlap(of: detections[detection].box, with: truth.box, isCrowd: true)
                        >= iouThreshold
            }
            if !isAbsorbed { count(background, Int(detectionCategories[detection])) }
        }
    }
}
