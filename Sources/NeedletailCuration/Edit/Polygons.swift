import NeedletailGeometry

/// The polygons of one object, each `x, y, x, y ...`.
extension [[Double]] {
    /// What of the polygons lies in a rectangle; those of which nothing does are left out.
    func clipped(to rectangle: Box) -> [[Double]] {
        compactMap { polygon in
            let part = rectangle.clipping(polygon: polygon)
            return part.isEmpty ? nil : part == polygon ? part : part.map(\.derived)
        }
    }

    func moved(x: Double, y: Double) -> [[Double]] {
        map { points in points.enumerated().map { ($0 % 2 == 0 ? $1 + x : $1 + y).derived } }
    }

    /// The sum of their areas.
    var area: Double { reduce(0) { $0 + polygonArea($1) }.derived }
}
