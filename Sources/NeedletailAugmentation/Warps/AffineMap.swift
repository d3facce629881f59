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
}

extension AffineMap: Warp {
    var keepsLines: Bool { true }

    func target(_ x: Double, _ y: Double) -> (x: Double, y: Double) { apply(x, y) }

    func sources(ofRow y: Int, into places: UnsafeMutableBufferPointer<SIMD2<Float>>) {
        let inverse = inverted
        let start = inverse.apply(0.5, Double(y) + 0.5)
        for x in places.indices {
            places[x] = SIMD2(Float(start.x + inverse.a * Double(x)), Float(start.y + inverse.c * Double(x)))
        }
    }
}
