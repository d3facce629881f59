import NeedletailDatasets
import NeedletailGeometry

/// The four corners of an object, `x, y, x, y ...`, as formats of turned boxes have them.
struct Quadrilateral {
    let points: [Double]

    /// The box that the corners are, where it is an upright one.
    var uprightBox: Box? {
        let xs = stride(from: 0, to: 8, by: 2).map { points[$0] }
        let ys = stride(from: 1, to: 8, by: 2).map { points[$0] }
        let isAtCorners =
            xs.allSatisfy { $0 == xs.min() || $0 == xs.max() } && ys.allSatisfy { $0 == ys.min() || $0 == ys.max() }
        // Neighbours differ in one direction only, and those across in both, so that it is gone around.
        let isRound = (0..<4).allSatisfy { corner in
            let next = (corner + 1) % 4
            return xs[corner] == xs[next] || ys[corner] == ys[next]
        }
        let isWide = xs.min() == xs.max() || xs[0] != xs[2]
        let isHigh = ys.min() == ys.max() || ys[0] != ys[2]
        return isAtCorners && isRound && isWide && isHigh ? Box(around: points) : nil
    }

    /// What an object is written as: its turned box, its outline of four points, or else the corners of its box.
    init(_ fields: RecordFields, box: Box) {
        if let turned = TurnedBox(fields, extent: box) {
            points = turned.corners
            return
        }
        let polygons = fields.usablePolygons
        if polygons.count == 1, polygons[0].count == 8, let extent = Box(around: polygons[0]),
            DatasetPairing.difference(extent, box) <= DatasetPairing.tolerance
        {
            points = polygons[0]
            return
        }
        let (x2, y2) = box.farCorner
        points = [box.x, box.y, x2, box.y, x2, y2, box.x, y2]
    }

    init(points: [Double]) { self.points = points }
}

extension RecordBatch {
    /// Adds an object by its corners: an upright box, or a polygon with its extent.
    func addQuadrilateral(_ corners: [Double], category: Int, isDifficult: Bool = false) {
        let quadrilateral = Quadrilateral(points: corners)
        if let box = quadrilateral.uprightBox {
            return addObject(category: category, box: box, isDifficult: isDifficult)
        }
        remarkOnNextObject(.boxFromShape, "a turned box")
        addPolygons([corners], category: category, isDifficult: isDifficult)
    }
}
