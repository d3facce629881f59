import NeedletailGeometry
import Testing

@Suite struct BoxTests {
    @Test func formatsAgree() {
        let box = Box(x: 10, y: 20, width: 30, height: 40)
        #expect(box == Box(x1: 10, y1: 20, x2: 40, y2: 60))
        #expect(box == Box(centerX: 25, centerY: 40, width: 30, height: 40))
        #expect(box.area == 1200 && box.corners == Corners(10, 20, 40, 60))
        #expect(Box(box.corners) == box)
    }

    @Test func clippingKeepsWhatIsInside() {
        let box = Box(x: -5, y: 8, width: 20, height: 10)
        #expect(box.clipped(toWidth: 12, height: 10) == Box(x: 0, y: 8, width: 12, height: 2))
        #expect(!Box(x: 50, y: 0, width: 5, height: 5).clipped(toWidth: 12, height: 10).hasArea)
        #expect(!Box(x: .nan, y: 0, width: 5, height: 5).hasArea)
    }

    /// Two 10x10 boxes that share a 5x10 strip: 50 / (100 + 100 - 50) = 1/3.
    @Test func intersectionOverUnion() {
        let box = Corners(0, 0, 10, 10)
        #expect(box.intersectionOverUnion(with: Corners(5, 0, 15, 10)) == Float(1) / 3)
        #expect(box.intersectionOverUnion(with: Corners(10, 0, 20, 10)) == 0)
        #expect(box.intersectionOverUnion(with: box) == 1)
    }

    /// The second box overlaps the first by 8/12, more than one half; the third by exactly one half, which stays.
    @Test func suppressionIsStrict() {
        let boxes = [Corners(0, 0, 10, 10), Corners(2, 0, 12, 10), Corners(0, 0, 10, 5)]
        #expect(NonMaximumSuppression.keptIndices(boxes: boxes, scores: [0.9, 0.8, 0.7], threshold: 0.5) == [0, 2])
    }
}
