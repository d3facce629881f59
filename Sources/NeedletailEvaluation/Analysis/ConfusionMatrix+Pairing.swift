import NeedletailGeometry

extension ConfusionMatrix {
    /// Pairs the boxes of one image after another, in memory that it keeps.
    struct Pairing {
        private struct Pair {
            var iou: Double
            var isSameCategory: Bool
            var score: Double
            var detection: Int
            var truth: Int
        }

        private let confidence: Double
        private let iouThreshold: Double
        private var kept: [Int] = []
        private var pairs: [Pair] = []
        private var isDetectionTaken: [Bool] = []
        private var isTruthTaken: [Bool] = []

        init(confidence: Double, iouThreshold: Double) {
            self.confidence = confidence
            self.iouThreshold = iouThreshold
        }

        /// Adds what the boxes of an image count for.
        ///
        /// - Parameters:
        ///   - truths: Its objects and their dense categories.
        ///   - detections: Its detections and their dense categories, of any confidence.
        ///   - hits: The detections that are right, with the objects that they find.
        ///   - ignored: Detections that do not count.
        mutating func pair(
            truths: ArraySlice<GroundTruth>, truthCategories: ArraySlice<Int32>,
            detections: ArraySlice<Detection>, detectionCategories: ArraySlice<Int32>,
            hits: [(detection: Int, truth: Int)], ignored: [Int], into cells: inout [Cell]
        ) {
            isDetectionTaken.removeAll(keepingCapacity: true)
            isDetectionTaken.append(contentsOf: repeatElement(false, count: detections.count))
            isTruthTaken.removeAll(keepingCapacity: true)
            isTruthTaken.append(contentsOf: truths.lazy.map(\.isCrowd))
            func take(_ detection: Int, _ truth: Int) {
                isDetectionTaken[detection - detections.startIndex] = true
                isTruthTaken[truth - truths.startIndex] = true
                cells.append(Cell(truth: truthCategories[truth], detected: detectionCategories[detection]))
            }
            for hit in hits { take(hit.detection, hit.truth) }
            for detection in ignored { isDetectionTaken[detection - detections.startIndex] = true }
            gatherPairs(truths, truthCategories, detections, detectionCategories)
            for pair in pairs
            where !isDetectionTaken[pair.detection - detections.startIndex]
                && !isTruthTaken[pair.truth - truths.startIndex]
            {
                take(pair.detection, pair.truth)
            }
            for truth in truths.indices where !isTruthTaken[truth - truths.startIndex] {
                cells.append(Cell(truth: truthCategories[truth]))
            }
            for detection in kept where !isDetectionTaken[detection - detections.startIndex] {
                let isAbsorbed = truths.contains { truth in
                    truth.isCrowd
                        && GreedyMatcher.overlap(of: detections[detection].box, with: truth.box, isCrowd: true)
                            >= iouThreshold
                }
                if !isAbsorbed { cells.append(Cell(detected: detectionCategories[detection])) }
            }
        }

        /// The pairs of what is left over.
        private mutating func gatherPairs(
            _ truths: ArraySlice<GroundTruth>, _ truthCategories: ArraySlice<Int32>,
            _ detections: ArraySlice<Detection>, _ detectionCategories: ArraySlice<Int32>
        ) {
            pairs.removeAll(keepingCapacity: true)
            kept.removeAll(keepingCapacity: true)
            for detection in detections.indices
            where detections[detection].score >= confidence && !isDetectionTaken[detection - detections.startIndex] {
                kept.append(detection)
                for truth in truths.indices where !isTruthTaken[truth - truths.startIndex] {
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
        }
    }
}
