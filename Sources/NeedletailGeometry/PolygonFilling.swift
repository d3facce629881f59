import NeedletailPlatform

/// Calls `body` with the pixels whose centres lie inside a polygon, in runs of one row each, those of a row from the left.
///
/// Inside is what an odd number of edges lies left of, so that a hole to which a line leads there and back is outside.
///
/// - Parameter points: `x, y, x, y ...`; nothing lies inside where one is not a finite number.
package func forEachRun(
    inPolygon points: [Double], width: Int, height: Int, _ body: (_ row: Int, _ columns: Range<Int>) -> Void
) {
    guard points.count >= 6, points.allSatisfy(\.isFinite) else { return }
    var edges: [PolygonEdge] = []
    var (x, y) = (points[(points.count & ~1) - 2], points[(points.count & ~1) - 1])
    for place in stride(from: 0, to: points.count - 1, by: 2) {
        let (nextX, nextY) = (points[place], points[place + 1])
        if y != nextY { edges.append(PolygonEdge(x, y, nextX, nextY)) }
        (x, y) = (nextX, nextY)
    }
    edges.sort { $0.top < $1.top }
    guard let first = edges.first else { return }
    let end = edges.reduce(0) { max($0, pixel(from: $1.bottom, of: height)) }
    var (next, active, crossings) = (0, [Int](), [Double]())
    for row in min(pixel(from: first.top, of: height), end)..<end {
        let center = Double(row) + 0.5
        while next < edges.count, edges[next].top <= center {
            active.append(next)
            next += 1
        }
        active.removeAll { edges[$0].bottom <= center }
        crossings.removeAll(keepingCapacity: true)
        for place in active { crossings.append(edges[place].x(at: center)) }
        crossings.sort()
        for place in stride(from: 0, to: crossings.count - 1, by: 2) {
            let columns = (pixel(from: crossings[place], of: width), pixel(from: crossings[place + 1], of: width))
            if columns.0 < columns.1 { body(row, columns.0..<columns.1) }
        }
    }
}

/// The first of so many pixels whose centre does not lie before a coordinate; their number when all do.
private func pixel(from coordinate: Double, of count: Int) -> Int {
    min(max(Int(saturating: (coordinate - 0.5).rounded(.up)), 0), count)
}

/// An edge that is not level.
private struct PolygonEdge {
    let top: Double
    let bottom: Double
    private let x: Double
    private let slope: Double

    init(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) {
        (top, bottom, x) = y1 < y2 ? (y1, y2, x1) : (y2, y1, x2)
        slope = (x2 - x1) / (y2 - y1)
    }

    func x(at y: Double) -> Double { x + (y - top) * slope }
}
