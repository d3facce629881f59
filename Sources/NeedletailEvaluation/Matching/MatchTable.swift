import NeedletailGeometry

/// What became of every detection, at every area range and IoU threshold.
///
/// The detections of a class stand by descending score over all images, ties in image and input order, so that
/// precision and recall are read off in one pass. Built in two parallel steps: the classes are sorted, then
/// runs of images are matched; each writes only slots of its own, so the result does not depend on the number of
/// threads.
final class MatchTable {
    enum Outcome {
        static let falsePositive: UInt8 = 0
        static let truePositive: UInt8 = 1
        static let ignored: UInt8 = 2
    }

    let partition: ClassPartition
    let rules: MatchRules
    let thresholdCount: Int
    let areaCount: Int
    /// Scores of class `k` in descending order from `partition.detectionStarts[k]`.
    let scores: UnsafeMutablePointer<Double>
    /// Index of the smallest detection limit that admits the detection.
    let levels: UnsafeMutablePointer<UInt8>
    /// Slot of the partition to position in score order.
    private let positions: UnsafeMutablePointer<Int32>
    private let outcomes: UnsafeMutablePointer<UInt8>

    init(_ partition: ClassPartition, rules: MatchRules) {
        self.partition = partition
        self.rules = rules
        thresholdCount = rules.iouThresholds.count
        areaCount = rules.areaLowers.count
        let total = partition.detectionStarts[partition.classCount]
        scores = .allocate(capacity: max(total, 1))
        levels = .allocate(capacity: max(total, 1))
        positions = .allocate(capacity: max(total, 1))
        outcomes = .allocate(capacity: max(total * thresholdCount * areaCount, 1))

        concurrentLoop(partition.classCount) { sortClass($0) }
        let jobs = matchingJobs()
        concurrentLoop(jobs.count) { match(jobs[$0]) }
    }

    deinit {
        scores.deallocate()
        levels.deallocate()
        positions.deallocate()
        outcomes.deallocate()
    }

    /// Outcomes of class `k` in score order, one byte a detection.
    func outcomes(class k: Int, area: Int, threshold: Int) -> UnsafeMutablePointer<UInt8> {
        outcomes + partition.detectionStarts[k] * thresholdCount * areaCount
            + (area * thresholdCount + threshold) * partition.keptCounts[k]
    }

    /// Ground truths of class `k` that must be found in an area range.
    func positives(class k: Int, area: Int) -> Int {
        var count = 0
        for i in partition.truthStarts[k]..<partition.truthEnds[k] {
            let truth = partition.truths[i]
            if !truth.isCrowd, !rules.isOutside(truth.area, range: area) { count += 1 }
        }
        return count
    }

    private func sortClass(_ k: Int) {
        let base = partition.detectionStarts[k]
        let count = partition.keptCounts[k]
        let detections = partition.detections + base

        var order: [(score: Double, slot: Int32)] = []
        order.reserveCapacity(count)
        for slot in 0..<count { order.append((detections[slot].score, Int32(slot))) }
        order.sort { $0.score != $1.score ? $0.score > $1.score : $0.slot < $1.slot }

        for (position, entry) in order.enumerated() {
            scores[base + position] = entry.score
            positions[base + Int(entry.slot)] = Int32(position)
        }
        for segment in partition.segments[k] {
            var level: UInt8 = 0
            for rank in 0..<Int(segment.detectionCount) {
                while rank >= rules.detectionLimits[Int(level)] { level += 1 }
                let slot = base + Int(segment.detectionStart) + rank
                levels[base + Int(positions[slot])] = level
            }
        }
        // An unmatched detection is a false positive unless its own size puts it out of the range.
        for area in 0..<areaCount {
            let first = outcomes(class: k, area: area, threshold: 0)
            for slot in 0..<count {
                first[Int(positions[base + slot])] =
                    rules.isOutside(detections[slot].box.area, range: area)
                    ? Outcome.ignored : Outcome.falsePositive
            }
            for threshold in 1..<max(thresholdCount, 1) {
                outcomes(class: k, area: area, threshold: threshold).update(from: first, count: count)
            }
        }
    }

    private struct Job {
        var classIndex: Int
        var segments: Range<Int>
    }

    /// Runs of images of about equal work, the heavy classes cut in several.
    private func matchingJobs() -> [Job] {
        let pairsPerJob = 20_000
        var jobs: [Job] = []
        for k in 0..<partition.classCount {
            let segments = partition.segments[k]
            var first = 0
            var pairs = 0
            for (i, segment) in segments.enumerated() {
                pairs += Int(segment.detectionCount) * Int(segment.truthCount) + 1
                if pairs >= pairsPerJob || i == segments.count - 1 {
                    jobs.append(Job(classIndex: k, segments: first..<(i + 1)))
                    first = i + 1
                    pairs = 0
                }
            }
        }
        return jobs
    }

    private func match(_ job: Job) {
        var matcher = GreedyMatcher(rules: rules)
        let k = job.classIndex
        let base = partition.detectionStarts[k]
        for segment in partition.segments[k][job.segments] where segment.detectionCount > 0 && segment.truthCount > 0 {
            let slots = base + Int(segment.detectionStart)
            matcher.load(
                detections: .init(start: partition.detections + slots, count: Int(segment.detectionCount)),
                truths: .init(
                    start: partition.truths + partition.truthStarts[k] + Int(segment.truthStart),
                    count: Int(segment.truthCount)))
            for area in 0..<areaCount {
                for threshold in 0..<thresholdCount {
                    let outcomes = outcomes(class: k, area: area, threshold: threshold)
                    matcher.match(area: area, threshold: threshold) { rank, outcome in
                        outcomes[Int(positions[slots + rank])] = outcome
                    }
                }
            }
        }
    }
}
