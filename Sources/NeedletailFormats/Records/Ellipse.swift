import NeedletailDatasets
import NeedletailGeometry

/// An ellipse, turned clockwise around its centre as the picture is seen.
///
/// Datasets keep it in the fields `cx`, `cy`, `rx`, `ry` and `rotation` (degrees), as CVAT calls them, with `shape`.
struct Ellipse {
    var cx: Double
    var cy: Double
    var rx: Double
    var ry: Double
    var degrees: Double

    /// The extent: half of it is √((rx cos)² + (ry sin)²) across and √((rx sin)² + (ry cos)²) down.
    var extent: Box {
        let (sine, cosine) = sineAndCosine(ofDegrees: degrees)
        func length(_ x: Double, _ y: Double) -> Double { (x * x + y * y).squareRoot() }
        let (dx, dy) = (length(rx * cosine, ry * sine), length(rx * sine, ry * cosine))
        return Box(
            x: (cx - dx).derived, y: (cy - dy).derived, width: (2 * dx).derived, height: (2 * dy).derived)
    }
}

extension Ellipse {
    /// What a dataset keeps of an object of the shape `ellipse`; one that has been moved since, or of which no more is
    /// known, is the upright ellipse in its box.
    init?(_ fields: RecordFields, extent: Box) {
        guard fields.text("shape") == "ellipse" else { return nil }
        if let cx = fields.double("cx"), let cy = fields.double("cy"), let rx = fields.double("rx"),
            let ry = fields.double("ry")
        {
            let given = Ellipse(cx: cx, cy: cy, rx: rx, ry: ry, degrees: fields.double("rotation") ?? 0)
            if DatasetPairing.difference(given.extent, extent) <= DatasetPairing.tolerance {
                self = given
                return
            }
        }
        self = Ellipse(
            cx: (extent.x + extent.width / 2).derived, cy: (extent.y + extent.height / 2).derived,
            rx: (extent.width / 2).derived, ry: (extent.height / 2).derived, degrees: 0)
    }
}

extension RecordBatch {
    /// Adds an ellipse with its extent as the box.
    func addEllipse(_ ellipse: Ellipse, category: Int) {
        extras.add("shape", "ellipse")
        extras.add("cx", .double(ellipse.cx))
        extras.add("cy", .double(ellipse.cy))
        extras.add("rx", .double(ellipse.rx))
        extras.add("ry", .double(ellipse.ry))
        if ellipse.degrees != 0 { extras.add("rotation", .double(ellipse.degrees)) }
        remarkOnNextObject(.boxFromShape, "ellipse")
        addObject(category: category, box: ellipse.extent)
    }
}
