import NeedletailPlatform

typealias Point = SIMD2<Float>

@inline(__always)
func length(_ p: Point) -> Float { (p.x * p.x + p.y * p.y).squareRoot() }

extension ShapeKind {
    /// Signed distance to the outline, negative inside, about exact near it. Shapes lie in the unit disc.
    ///
    /// - Parameter count: Teeth of a gear, petals of a flower.
    func distance(_ p: Point, count: Float) -> Float {
        let r = length(p)
        switch self {
        case .gear:
            let wave = sinf(count * atan2f(p.y, p.x))
            let tooth = min(max(wave * 1.7 + 0.5, 0), 1)
            return max((r - 0.74 - 0.22 * tooth) * 0.8, 0.26 - r)
        case .flower:
            let wave = abs(cosf(count / 2 * atan2f(p.y, p.x)))
            return (r - 0.62 - 0.34 * wave.squareRoot()) * 0.75
        case .stripedBall, .spottedBall, .target:
            return r - 0.93
        case .leaf:
            return min(lens(p - Point(0.06, 0), halfLength: 0.9, halfWidth: 0.46), stem(p))
        case .fish:
            let body = lens(p - Point(0.24, 0), halfLength: 0.72, halfWidth: 0.42)
            return min(body, polygon(p, Self.tailCorners))
        case .star:
            return polygon(p, Self.starCorners)
        case .ring:
            return abs(r - 0.7) - 0.22
        case .crate:
            return roundedBox(p, 0.78, 0.78, rounding: 0.06)
        case .tile:
            return roundedBox(p, 0.78, 0.78, rounding: 0.02)
        case .brick:
            return roundedBox(p, 0.92, 0.52, rounding: 0.08)
        case .nut:
            let a = Point(abs(p.x), abs(p.y))
            return max(max(a.x * 0.866 + a.y * 0.5, a.y) - 0.82, 0.42 - r)
        case .heart:
            let lobe = length(Point(abs(p.x) - 0.43, p.y + 0.28)) - 0.47
            return min(lobe, polygon(p, Self.heartPointCorners))
        case .crescent:
            return max(r - 0.93, 0.74 - length(p - Point(0.42, -0.1)))
        case .drop:
            return min(length(p - Point(0, 0.32)) - 0.6, polygon(p, Self.dropPointCorners))
        case .arrow:
            return polygon(p, Self.arrowCorners)
        case .cross:
            return min(roundedBox(p, 0.92, 0.3, rounding: 0.05), roundedBox(p, 0.3, 0.92, rounding: 0.05))
        case .mushroom:
            let cap = max(length(Point(p.x, (p.y + 0.02) * 1.15)) - 0.92, p.y - 0.08)
            return min(cap, roundedBox(p - Point(0, 0.45), 0.3, 0.48, rounding: 0.12))
        case .bottle:
            let body = roundedBox(p - Point(0, 0.32), 0.4, 0.62, rounding: 0.14)
            let neck = roundedBox(p - Point(0, -0.6), 0.15, 0.36, rounding: 0.04)
            return min(min(body, neck), length(p - Point(0, -0.24)) - 0.3)
        }
    }

    private static let tailCorners = [Point(-0.3, 0), Point(-0.95, -0.44), Point(-0.76, 0), Point(-0.95, 0.44)]
    private static let heartPointCorners = [Point(-0.84, -0.06), Point(0, -0.3), Point(0.84, -0.06), Point(0, 0.92)]
    private static let dropPointCorners = [Point(-0.55, 0.08), Point(0, -0.95), Point(0.55, 0.08), Point(0, 0.5)]
    private static let arrowCorners = [
        Point(0.95, 0), Point(0.2, -0.66), Point(0.2, -0.28), Point(-0.92, -0.28), Point(-0.92, 0.28), Point(0.2, 0.28),
        Point(0.2, 0.66),
    ]
    private static let starCorners = (0..<10).map { corner -> Point in
        let angle = Float(corner) * .pi / 5 - .pi / 2, radius: Float = corner % 2 == 0 ? 0.97 : 0.45
        return Point(radius * cosf(angle), radius * sinf(angle))
    }
}

/// The intersection of two discs, pointed at both ends of the x axis.
private func lens(_ p: Point, halfLength: Float, halfWidth: Float) -> Float {
    let offset = (halfLength * halfLength - halfWidth * halfWidth) / (2 * halfWidth)
    return length(Point(p.x, abs(p.y) + offset)) - offset - halfWidth
}

private func stem(_ p: Point) -> Float {
    length(Point(max(0, abs(p.x + 0.86) - 0.1), p.y)) - 0.04
}

private func roundedBox(_ p: Point, _ halfWidth: Float, _ halfHeight: Float, rounding: Float) -> Float {
    let x = abs(p.x) - halfWidth + rounding, y = abs(p.y) - halfHeight + rounding
    return length(Point(max(x, 0), max(y, 0))) + min(max(x, y), 0) - rounding
}

/// Distance to the nearest side, with the sign by how often a ray crosses the sides.
private func polygon(_ p: Point, _ corners: [Point]) -> Float {
    var nearest = Float.infinity
    var isInside = false
    var previous = corners[corners.count - 1]
    for corner in corners {
        let side = previous - corner, toPoint = p - corner
        let along = min(max((toPoint * side).sum() / (side * side).sum(), 0), 1)
        let away = toPoint - side * along
        nearest = min(nearest, (away * away).sum())
        if (corner.y > p.y) != (previous.y > p.y), p.x < corner.x + side.x * (p.y - corner.y) / side.y {
            isInside.toggle()
        }
        previous = corner
    }
    return isInside ? -nearest.squareRoot() : nearest.squareRoot()
}
