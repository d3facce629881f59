import NeedletailDatasets
import NeedletailGeometry

/// A box that is turned around its centre, clockwise as the picture is seen.
///
/// Datasets keep it in the fields `unrotated` and `rotation` (degrees), whatever point a format turns boxes around, and
/// its outline as a polygon.
struct TurnedBox {
    /// As it was before, its corners in order.
    let box: Box
    let degrees: Double

    init(_ box: Box, degrees: Double) {
        self.box = box.inOrder
        self.degrees = degrees
    }

    /// A box that is turned around its first corner.
    init(_ box: Box, degreesAroundOrigin degrees: Double) {
        let (sine, cosine) = sineAndCosine(ofDegrees: degrees)
        let (dx, dy) = (box.width / 2, box.height / 2)
        let center = (x: box.x + dx * cosine - dy * sine, y: box.y + dx * sine + dy * cosine)
        self.init(
            Box(
                x: (center.x - dx).derived, y: (center.y - dy).derived, width: box.width, height: box.height),
            degrees: degrees)
    }

    /// What a dataset keeps of an object; nil when it is not turned, or has been moved since.
    init?(_ fields: RecordFields, extent: Box) {
        guard let box = fields.box("unrotated"), let degrees = fields.double("rotation"), box.hasArea,
            degrees.isFinite
        else { return nil }
        self.init(box, degrees: degrees)
        guard DatasetPairing.difference(self.extent, extent) <= DatasetPairing.tolerance else { return nil }
    }

    /// Its corners `x, y, x, y ...`, from the one that was the first.
    var corners: [Double] {
        let (sine, cosine) = sineAndCosine(ofDegrees: degrees)
        let center = (x: box.x + box.width / 2, y: box.y + box.height / 2)
        return [(box.x, box.y), (box.x2, box.y), (box.x2, box.y2), (box.x, box.y2)].flatMap { corner -> [Double] in
            let (dx, dy) = (corner.0 - center.x, corner.1 - center.y)
            return [
                (center.x + dx * cosine - dy * sine).derived, (center.y + dx * sine + dy * cosine).derived,
            ]
        }
    }

    var extent: Box { Box(around: corners) ?? box }
}

extension RecordBatch {
    /// Adds a turned box: its extent as the box, its outline as a polygon.
    func addTurned(
        _ turned: TurnedBox, category: Int, isDifficult: Bool = false, hasSwappedCorners: Bool = false
    ) {
        extras.add("rotation", .double(turned.degrees))
        extras.add("unrotated", .box(turned.box))
        extras.add("segmentation", .polygons([turned.corners]))
        remarkOnNextObject(.boxFromShape, "a turned box")
        addObject(
            category: category, box: turned.extent, area: turned.box.area.derived, isDifficult: isDifficult,
            hasSwappedCorners: hasSwappedCorners)
    }
}
