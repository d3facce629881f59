extension Box {
    /// The part of a polygon inside the box (Sutherland and Hodgman, "Reentrant polygon clipping", 1974).
    ///
    /// A polygon inside stays as it is. Parts of a hollow one that the box takes apart stay joined, by lines along its
    /// edges, which have no area.
    ///
    /// - Parameter points: `x, y, x, y ...`
    /// - Returns: Likewise; empty when nothing that has area is left, or a coordinate is not a finite number.
    public func clipping(polygon points: [Double]) -> [Double] {
        let ring = stride(from: 0, to: points.count - 1, by: 2).map { SIMD2(points[$0], points[$0 + 1]) }
        if ring.allSatisfy({ $0.x >= x && $0.x <= x2 && $0.y >= y && $0.y <= y2 }) { return points }
        guard points.allSatisfy(\.isFinite) else { return [] }
        var kept = ring
        for (axis, edge, sign) in [(0, x, 1.0), (0, x2, -1.0), (1, y, 1.0), (1, y2, -1.0)] {
            kept = Self.part(of: kept) {
                sign * ($0[axis] - edge)
            } crossing: { point in
                point[axis] = edge
            }
        }
        let result = kept.flatMap { [$0.x, $0.y] }
        return polygonArea(result) > 0 ? result : []
    }

    /// The part of a polygon on one side of a line.
    ///
    /// - Parameters:
    ///   - distance: From the line, positive on the side that is kept.
    ///   - crossing: Moves a point that lies on the line but for rounding onto it.
    private static func part(
        of ring: [SIMD2<Double>], distance: (SIMD2<Double>) -> Double, crossing: (inout SIMD2<Double>) -> Void
    ) -> [SIMD2<Double>] {
        guard var before = ring.last else { return [] }
        var kept: [SIMD2<Double>] = []
        for point in ring {
            let (from, to) = (distance(before), distance(point))
            if from < 0 && to > 0 || from > 0 && to < 0 {
                var between = before + (point - before) * (from / (from - to))
                crossing(&between)
                kept.append(between)
            }
            if to >= 0 { kept.append(point) }
            before = point
        }
        return kept
    }
}

/// The area inside a polygon `x, y, x, y ...`, by the shoelace formula.
package func polygonArea(_ points: [Double]) -> Double {
    var sum = 0.0
    var (x, y) = points.count >= 2 ? (points[points.count - 2], points[points.count - 1]) : (0, 0)
    for index in stride(from: 0, to: points.count - 1, by: 2) {
        sum += x * points[index + 1] - points[index] * y
        (x, y) = (points[index], points[index + 1])
    }
    return abs(sum) / 2
}
