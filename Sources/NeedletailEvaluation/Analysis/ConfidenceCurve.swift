/// Precision, recall and F1 against the confidence from which detections are kept.
public struct ConfidenceCurve: Hashable, Sendable {
    /// What remains when only detections of at least this confidence are kept.
    public struct Point: Hashable, Sendable {
        public var confidence: Double
        public var truePositives: Int
        public var falsePositives: Int
        /// Objects that must be found, the same at every point.
        public var groundTruths: Int

        /// Share of the kept detections that are right.
        public var precision: Double {
            Double(truePositives) / Double(truePositives + falsePositives)
        }

        /// Share of the objects that are found; `nil` when there are none.
        public var recall: Double? {
            groundTruths == 0 ? nil : Double(truePositives) / Double(groundTruths)
        }

        /// `2 TP / (2 TP + FP + FN)`, the harmonic mean of precision and recall.
        public var f1: Double {
            2 * Double(truePositives) / Double(truePositives + falsePositives + groundTruths)
        }
    }

    /// By descending confidence, each with at least one detection kept; empty without detections.
    public var points: [Point] = []
    /// The point of highest F1, exact even where ``points`` are thinned out; of several the most confident.
    /// `nil` without detections.
    public var best: Point?

    /// - Parameter detections: By descending score; those that do not count left out. Gone through twice.
    init(_ detections: some Sequence<(score: Double, isTrue: Bool)>, groundTruths: Int, maximumPoints: Int) {
        // There may be as many points as detections, so that the first pass only counts them.
        var count = 0
        var bestIndex = 0
        var bestF1 = -1.0
        Self.forEachPoint(of: detections, groundTruths: groundTruths) { point in
            let f1 = point.f1
            if f1 > bestF1 {
                bestF1 = f1
                bestIndex = count
                best = point
            }
            count += 1
        }
        guard count > 0 else { return }
        let chosen = Self.choose(maximumPoints, of: count, including: bestIndex)
        points.reserveCapacity(chosen?.count ?? count)
        var index = 0
        var next = 0
        Self.forEachPoint(of: detections, groundTruths: groundTruths) { point in
            if chosen == nil || next < (chosen?.count ?? 0) && chosen?[next] == index {
                points.append(point)
                next += 1
            }
            index += 1
        }
    }

    private static func forEachPoint(
        of detections: some Sequence<(score: Double, isTrue: Bool)>, groundTruths: Int, _ body: (Point) -> Void
    ) {
        var current = Point(confidence: .infinity, truePositives: 0, falsePositives: 0, groundTruths: groundTruths)
        for (score, isTrue) in detections {
            // Equal scores cannot be kept apart by any threshold, so they share a point.
            if score != current.confidence, current.truePositives + current.falsePositives > 0 { body(current) }
            current.confidence = score
            if isTrue { current.truePositives += 1 } else { current.falsePositives += 1 }
        }
        if current.truePositives + current.falsePositives > 0 { body(current) }
    }

    /// Evenly spread indices in order, the ends and the best among them; `nil` when all are few enough.
    private static func choose(_ limit: Int, of count: Int, including best: Int) -> [Int]? {
        if count <= limit { return nil }
        let last = count - 1
        var chosen = Set((0..<limit).map { $0 * last / (limit - 1) })
        if chosen.insert(best).inserted {
            // One of the evenly spread points makes room, never an end.
            let spare = chosen.filter { $0 != 0 && $0 != last && $0 != best }
                .min { (abs($0 - best), $0) < (abs($1 - best), $1) }
            if let spare { chosen.remove(spare) }
        }
        return chosen.sorted()
    }
}
