import NeedletailGeometry
import NeedletailPlatform

/// `(x, y)` to `(a x + b y + e, c x + d y + f)`.
struct AffineMap: Hashable, Sendable {
    var a: Double
    var b: Double
    var c: Double
    var d: Double
    var e: Double
    var f: Double

    /// Shear, then rotation, then scale about a centre, then a shift, in torchvision's convention.
    ///
    /// - Parameters:
    ///   - angle: In degrees, clockwise.
    ///   - shearX: In degrees; likewise `shearY`.
    init(
        centerX: Double, centerY: Double, angle: Double, shiftX: Double, shiftY: Double, scale: Double, shearX: Double,
        shearY: Double
    ) {
        let turn = angle * .pi / 180, sx = shearX * .pi / 180, sy = shearY * .pi / 180
        a = scale * cos(turn - sy) / cos(sy)
        b = scale * (-cos(turn - sy) * tan(sx) / cos(sy) - sin(turn))
        c = scale * sin(turn - sy) / cos(sy)
        d = scale * (-sin(turn - sy) * tan(sx) / cos(sy) + cos(turn))
        e = centerX + shiftX - a * centerX - b * centerY
        f = centerY + shiftY - c * centerX - d * centerY
    }

    private init(a: Double, b: Double, c: Double, d: Double, e: Double, f: Double) {
        (self.a, self.b, self.c, self.d, self.e, self.f) = (a, b, c, d, e, f)
    }

    func apply(_ x: Double, _ y: Double) -> (x: Double, y: Double) { (a * x + b * y + e, c * x + d * y + f) }

    /// - Precondition: The map does not flatten the plane.
    var inverted: AffineMap {
        let determinant = a * d - b * c
        let (p, q, r, s) = (d / determinant, -b / determinant, -c / determinant, a / determinant)
        return AffineMap(a: p, b: q, c: r, d: s, e: -(p * e + q * f), f: -(r * e + s * f))
    }

    /// The smallest upright box around the mapped corners of a box.
    func apply(_ box: Box) -> Box {
        let corners = [(box.x, box.y), (box.x2, box.y), (box.x2, box.y2), (box.x, box.y2)].map { apply($0.0, $0.1) }
        var (left, top) = corners[0]
        var (right, bottom) = corners[0]
        for corner in corners.dropFirst() {
            (left, right) = (min(left, corner.x), max(right, corner.x))
            (top, bottom) = (min(top, corner.y), max(bottom, corner.y))
        }
        return Box(x1: left, y1: top, x2: right, y2: bottom)
    }
}
