/// A run of images of one class that is matched in one go.
struct MatchJob {
    let classIndex: Int
    let segments: Range<Int>

    /// Runs of about equal work, the heavy classes cut in several.
    static func jobs(_ partition: ClassPartition, classes: [Int]) -> [MatchJob] {
        let pairsPerJob = 20_000
        var jobs: [MatchJob] = []
        for k in classes {
            let segments = partition.segments[k]
            var first = 0
            var pairs = 0
            for (i, segment) in segments.enumerated() {
                pairs += Int(segment.detectionCount) * Int(segment.truthCount) + 1
                if pairs >= pairsPerJob || i == segments.count - 1 {
                    jobs.append(MatchJob(classIndex: k, segments: first..<(i + 1)))
                    first = i + 1
                    pairs = 0
                }
            }
        }
        return jobs
    }

    /// The detections that overlap an object enough to match it at some threshold, and what they become.
    struct Result {
        /// Slots of the partition, from the class's first.
        var slots: [Int32] = []
        /// For each of them `[A, T]` bytes of ``MatchOutcome``.
        var outcomes: [UInt8] = []
    }

    func run(_ partition: ClassPartition, rules: MatchRules) -> Result {
        var result = Result()
        var matcher = GreedyMatcher(rules: rules)
        let thresholds = rules.iouThresholds.count
        let width = rules.areaLowers.count * thresholds
        let detections = partition.detections + partition.detectionStarts[classIndex]
        let truths = partition.truths + partition.truthStarts[classIndex]
        for segment in partition.segments[classIndex][segments]
        where segment.detectionCount > 0 && segment.truthCount > 0 {
            matcher.load(
                detections: .init(
                    start: detections + Int(segment.detectionStart), count: Int(segment.detectionCount)),
                truths: .init(start: truths + Int(segment.truthStart), count: Int(segment.truthCount)))
            if matcher.candidates.isEmpty { continue }
            let base = result.outcomes.count
            for rank in matcher.candidates { result.slots.append(segment.detectionStart + rank) }
            result.outcomes.append(contentsOf: repeatElement(0, count: matcher.candidates.count * width))
            result.outcomes.withUnsafeMutableBufferPointer { outcomes in
                for column in 0..<width {
                    matcher.match(area: column / thresholds, threshold: column % thresholds) { candidate, outcome in
                        outcomes[base + candidate * width + column] = outcome
                    }
                }
            }
        }
        return result
    }
}
