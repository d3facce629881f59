import NeedletailGeometry

/// The boxes of an evaluation regrouped by category, in it by image id, in that by order of input.
///
/// Detections are cut to the largest limit per image and category here, best first and stable, so that
/// everything after works on what counts. Memory is owned by this object and freed with it.
final class ClassPartition {
    struct Truth {
        var box: Box
        var area: Double
        var record: Int32
        var isCrowd: Bool
        var hasZeroID: Bool
    }

    struct Candidate {
        var box: Box
        var score: Double
    }

    /// The boxes of one category in one image.
    struct Segment {
        var detectionStart: Int32
        var detectionCount: Int32
        var truthStart: Int32
        var truthCount: Int32
    }

    let classCount: Int
    /// Class `k` owns the slots `starts[k] ..< starts[k + 1]`; of its detections the first `kept` are in use.
    let detectionStarts: [Int]
    let truthStarts: [Int]
    private(set) var segments: [[Segment]]
    private(set) var keptCounts: [Int]
    /// Detections that the largest limit cut off.
    private(set) var cutCounts: [Int]
    let detections: UnsafeMutablePointer<Candidate>
    let truths: UnsafeMutablePointer<Truth>

    /// - Parameter classes: Dense categories to look at; the others stay empty. `nil` means all.
    init(_ records: EvaluationRecords, rules: MatchRules, classes: Set<Int>? = nil) {
        let classCount = rules.usesCategories ? records.categoryIDs.count : 1
        let usesCategories = rules.usesCategories
        func slot(_ category: Int32) -> Int? {
            let index = usesCategories ? Int(category) : 0
            return classes?.contains(index) == false ? nil : index
        }

        var detectionCounts = [Int](repeating: 0, count: classCount)
        for category in records.detectionCategories { slot(category).map { detectionCounts[$0] += 1 } }
        var truthCounts = [Int](repeating: 0, count: classCount)
        for category in records.groundTruthCategories { slot(category).map { truthCounts[$0] += 1 } }
        detectionStarts = detectionCounts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        truthStarts = truthCounts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        self.classCount = classCount
        let detectionTotal = detectionStarts[classCount]
        let truthTotal = truthStarts[classCount]
        detections = .allocate(capacity: max(detectionTotal, 1))
        truths = .allocate(capacity: max(truthTotal, 1))
        let detectionImages = UnsafeMutablePointer<Int32>.allocate(capacity: max(detectionTotal, 1))
        let truthImages = UnsafeMutablePointer<Int32>.allocate(capacity: max(truthTotal, 1))
        defer {
            detectionImages.deallocate()
            truthImages.deallocate()
        }

        var detectionCursors = detectionStarts
        var truthCursors = truthStarts
        for (rank, image) in records.imageOrder.enumerated() {
            // Without categories the boxes of an image stand in the order of their categories, as pycocotools
            // joins its lists; only ties can tell.
            for record in Self.recordsInOrder(
                records.detectionStarts[image]..<records.detectionStarts[image + 1],
                categories: records.detectionCategories, byCategory: !usesCategories)
            {
                guard let k = slot(records.detectionCategories[record]) else { continue }
                let detection = records.detections[record]
                (detections + detectionCursors[k]).initialize(
                    to: Candidate(box: detection.box, score: detection.score))
                detectionImages[detectionCursors[k]] = Int32(rank)
                detectionCursors[k] += 1
            }
            for record in Self.recordsInOrder(
                records.groundTruthStarts[image]..<records.groundTruthStarts[image + 1],
                categories: records.groundTruthCategories, byCategory: !usesCategories)
            {
                guard let k = slot(records.groundTruthCategories[record]) else { continue }
                let truth = records.groundTruths[record]
                if rules.dropsEmptyGroundTruths, !truth.isCrowd, !truth.box.hasArea { continue }
                let area = rules.replacesZeroArea && truth.area == 0 ? truth.box.area : truth.area
                (truths + truthCursors[k]).initialize(
                    to: Truth(
                        box: truth.box, area: area, record: Int32(record), isCrowd: truth.isCrowd,
                        hasZeroID: truth.id == 0))
                truthImages[truthCursors[k]] = Int32(rank)
                truthCursors[k] += 1
            }
        }
        truthEnds = truthCursors

        segments = Array(repeating: [], count: classCount)
        keptCounts = Array(repeating: 0, count: classCount)
        cutCounts = Array(repeating: 0, count: classCount)
        let limit = rules.detectionLimits[rules.detectionLimits.count - 1]
        let starts = detectionStarts
        let firstTruths = truthStarts
        let detections = detections
        segments.withUnsafeMutableBufferPointer { segments in
            keptCounts.withUnsafeMutableBufferPointer { keptCounts in
                cutCounts.withUnsafeMutableBufferPointer { cutCounts in
                    concurrentLoop(classCount) { k in
                        let base = starts[k]
                        let (list, kept) = Self.segment(
                            detections: detections + base, images: detectionImages + base,
                            count: detectionCursors[k] - base, truthImages: truthImages + firstTruths[k],
                            truthCount: truthCursors[k] - firstTruths[k], limit: limit)
                        segments[k] = list
                        keptCounts[k] = kept
                        cutCounts[k] = detectionCursors[k] - base - kept
                    }
                }
            }
        }
    }

    /// One past the last ground truth of each class.
    let truthEnds: [Int]

    deinit {
        detections.deallocate()
        truths.deallocate()
    }

    private static func recordsInOrder(_ range: Range<Int>, categories: [Int32], byCategory: Bool) -> [Int] {
        guard byCategory else { return Array(range) }
        return range.sorted { (categories[$0], $0) < (categories[$1], $1) }
    }

    /// Sorts each image's detections by descending score, closes the gaps that the limit leaves, and pairs them
    /// with the ground truths of the same image.
    private static func segment(
        detections: UnsafeMutablePointer<Candidate>, images: UnsafeMutablePointer<Int32>, count: Int,
        truthImages: UnsafeMutablePointer<Int32>, truthCount: Int, limit: Int
    ) -> ([Segment], kept: Int) {
        var segments: [Segment] = []
        var read = 0
        var written = 0
        var truth = 0
        while read < count || truth < truthCount {
            let image = min(
                read < count ? images[read] : .max, truth < truthCount ? truthImages[truth] : .max)
            var end = read
            while end < count, images[end] == image { end += 1 }
            var truthEnd = truth
            while truthEnd < truthCount, truthImages[truthEnd] == image { truthEnd += 1 }

            DescendingOrder.sort(.init(start: detections + read, count: end - read)) { DescendingOrder.key($0.score) }
            let kept = min(end - read, limit)
            if written != read { (detections + written).update(from: detections + read, count: kept) }
            segments.append(
                Segment(
                    detectionStart: Int32(written), detectionCount: Int32(kept), truthStart: Int32(truth),
                    truthCount: Int32(truthEnd - truth)))
            written += kept
            read = end
            truth = truthEnd
        }
        return (segments, written)
    }

    /// Ground truths of class `k` that must be found in an area range.
    func positives(class k: Int, area: Int, rules: MatchRules) -> Int {
        (truthStarts[k]..<truthEnds[k]).count { i in
            !truths[i].isCrowd && !rules.isOutside(truths[i].area, range: area)
        }
    }

    /// The given classes, all unless given, in groups with at least so many detections, but for the last.
    func batches(detections: Int, classes: Set<Int>?) -> [[Int]] {
        var batches: [[Int]] = []
        var batch: [Int] = []
        var count = 0
        for k in 0..<classCount where classes?.contains(k) != false {
            batch.append(k)
            count += keptCounts[k]
            if count >= detections {
                batches.append(batch)
                batch = []
                count = 0
            }
        }
        return batch.isEmpty ? batches : batches + [batch]
    }
}
