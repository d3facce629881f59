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
    public var points: [Point]
    /// The point of highest F1, exact even where ``points`` are thinned out; of several the most confident.
    /// `nil` without detections.
    public var best: Point?

    /// - Parameter detections: By descending score; those that do not count left out.
    init(_ detections: some Sequence<(score: Double, isTrue: Bool)>, groundTruths: Int, maximumPoints: Int) {
        var all: [Point] = []
        var current = Point(confidence: .infinity, truePositives: 0, falsePositives: 0, groundTruths: groundTruths)
        for (score, isTrue) in detections {
            // Equal scores cannot be kept apart by any threshold, so they share a point.
            if score != current.confidence, current.truePositives + current.falsePositives > 0 { all.append(current) }
            current.confidence = score
            if isTrue { current.truePositives += 1 } else { current.falsePositives += 1 }
        }
        if current.truePositives + current.falsePositives > 0 { all.append(current) }

        var bestIndex: Int?
        for (index, point) in all.enumerated() where bestIndex.map({ point.f1 > all[$0].f1 }) ?? true {
            bestIndex = index
        }
        best = bestIndex.map { all[$0] }
        if all.count > maximumPoints, let bestIndex {
            let last = all.count - 1
            var chosen = Set((0..<maximumPoints).map { $0 * last / (maximumPoints - 1) })
            if chosen.insert(bestIndex).inserted {
                // One of the evenly spread points makes room, never an end.
                let spare = chosen.filter { $0 != 0 && $0 != last && $0 != bestIndex }
                    .min { abs($0 - bestIndex) < abs($1 - bestIndex) }
                if let spare { chosen.remove(spare) }
            }
            points = chosen.sorted().map { all[$0] }
        } else {
            points = all
        }
    }
}
