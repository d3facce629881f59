import NeedletailGeometry
import Testing

@Suite struct PolygonClippingTests {
    /// The triangle under x + y = 10 in a square of 6: the corner beyond the line, with legs of 2, is missing.
    @Test func handWorkedTriangle() {
        let part = Box(x: 0, y: 0, width: 6, height: 6).clipping(polygon: [0, 0, 10, 0, 0, 10])
        #expect(polygonArea(part) == 34)
        #expect(part == [0, 6, 0, 0, 6, 0, 6, 4, 4, 6])
    }

    /// A comb with two teeth, of which a strip cuts the ends off: two parts of 2x3, joined by lines without area.
    @Test func handWorkedComb() {
        let comb: [Double] = [0, 0, 2, 0, 2, 8, 4, 8, 4, 0, 6, 0, 6, 10, 0, 10]
        #expect(polygonArea(comb) == 44)
        #expect(polygonArea(Box(x: -5, y: -5, width: 20, height: 8).clipping(polygon: comb)) == 12)
    }

    @Test func whatLiesInsideStaysAndWhatLiesOutsideGoes() {
        let box = Box(x: 10, y: 20, width: 30, height: 40)
        let inside = [10, 20, 40, 20, 12.25, 60]
        #expect(box.clipping(polygon: inside) == inside)
        #expect(box.clipping(polygon: [0, 0, 9, 0, 9, 90]) == [])
        // Along an edge, and by a point.
        #expect(box.clipping(polygon: [0, 0, 10, 20, 10, 60]) == [])
        #expect(box.clipping(polygon: [0, 0, .nan, 30, 30, 30]) == [])
        #expect(box.clipping(polygon: [0, 0, 50, 50]) == [])
        #expect(box.clipping(polygon: []) == [])
        // All around it.
        #expect(polygonArea(box.clipping(polygon: [-99, -99, 99, -99, 99, 99, -99, 99])) == 1200)
    }

    /// Against counting the points of a fine grid that lie in both, by the even-odd rule.
    @Test func agreesWithCountingPoints() {
        var state: UInt64 = 3
        func next(_ range: Double) -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 40) / Double(1 << 24) * range
        }
        for _ in 0..<40 {
            // A star, whose outline does not cross itself.
            let radii = (0..<12).map { _ in 5 + next(45) }
            let directions: [(Double, Double)] = [
                (1, 0), (0.866, 0.5), (0.5, 0.866), (0, 1), (-0.5, 0.866), (-0.866, 0.5), (-1, 0), (-0.866, -0.5),
                (-0.5, -0.866), (0, -1), (0.5, -0.866), (0.866, -0.5),
            ]
            let star = zip(radii, directions).flatMap { [50 + $0 * $1.0, 50 + $0 * $1.1] }
            let box = Box(x: next(60), y: next(60), width: 10 + next(60), height: 10 + next(60))
            let part = box.clipping(polygon: star)
            let (xs, ys) = (stride(from: 0, to: part.count, by: 2), stride(from: 1, to: part.count, by: 2))
            #expect(xs.allSatisfy { part[$0] >= box.x && part[$0] <= box.x2 })
            #expect(ys.allSatisfy { part[$0] >= box.y && part[$0] <= box.y2 })
            var count = 0
            let step = 0.25
            for x in stride(from: box.x + step / 2, to: box.x2, by: step) {
                for y in stride(from: box.y + step / 2, to: box.y2, by: step) where contains(star, x, y) { count += 1 }
            }
            let counted = Double(count) * step * step
            #expect(abs(polygonArea(part) - counted) < 20, "\(star) in \(box)")
        }
    }

    private func contains(_ polygon: [Double], _ x: Double, _ y: Double) -> Bool {
        var isInside = false
        var (beforeX, beforeY) = (polygon[polygon.count - 2], polygon[polygon.count - 1])
        for index in stride(from: 0, to: polygon.count, by: 2) {
            let (pointX, pointY) = (polygon[index], polygon[index + 1])
            if (pointY > y) != (beforeY > y), x < (beforeX - pointX) * (y - pointY) / (beforeY - pointY) + pointX {
                isInside.toggle()
            }
            (beforeX, beforeY) = (pointX, pointY)
        }
        return isInside
    }
}
