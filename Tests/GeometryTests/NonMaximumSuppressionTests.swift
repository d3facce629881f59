import NeedletailGeometry
import Testing

@Suite struct NonMaximumSuppressionTests {
    /// The definition: each box against every better one that is kept.
    private func definition(_ boxes: [Corners], _ scores: [Float], _ threshold: Double) -> [Int] {
        var kept: [Int] = []
        for index in boxes.indices.sorted(by: { (-scores[$0], $0) < (-scores[$1], $1) }) {
            let box = boxes[index]
            let isCovered = kept.contains { other in
                let better = boxes[other]
                let width = max(min(box.x2, better.x2) - max(box.x1, better.x1), 0)
                let height = max(min(box.y2, better.y2) - max(box.y1, better.y1), 0)
                let intersection = width * height
                let area = (better.x2 - better.x1) * (better.y2 - better.y1)
                return Double(intersection / (area + (box.x2 - box.x1) * (box.y2 - box.y1) - intersection)) > threshold
            }
            if !isCovered { kept.append(index) }
        }
        return kept
    }

    /// Crowded and sparse fields, few and many boxes, equal scores, whole coordinates so that sides touch and IoUs
    /// repeat, boxes without area.
    @Test(arguments: [(1, 10), (2, 5), (60, 8), (400, 30), (400, 300), (1500, 100)], [0.0, 0.3, 0.5, 0.9])
    func agreesWithTheDefinition(field: (count: Int, side: UInt64), threshold: Double) {
        var state: UInt64 = UInt64(field.count) &* 31 &+ field.side
        func next(_ bound: UInt64) -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float((state >> 33) % bound)
        }
        let boxes = (0..<field.count).map { _ in
            let x = next(field.side), y = next(field.side)
            return Corners(x, y, x + next(12), y + next(12))
        }
        let scores = boxes.map { _ in next(50) / 50 }
        let kept = NonMaximumSuppression.keptIndices(boxes: boxes, scores: scores, threshold: threshold)
        #expect(kept == definition(boxes, scores, threshold))
    }

    @Test func aBoxAsWideAsTheImageMeetsThemAll() {
        let boxes = [
            Corners(0, 0, 1000, 10), Corners(990, 0, 1000, 10), Corners(0, 0, 990, 10), Corners(400, 1, 500, 9),
        ]
        let kept = NonMaximumSuppression.keptIndices(boxes: boxes, scores: [0.9, 0.8, 0.7, 0.6], threshold: 0.05)
        #expect(kept == [0, 1])
    }
}
