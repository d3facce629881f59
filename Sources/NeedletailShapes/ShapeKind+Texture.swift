import NeedletailPlatform

/// What a texture does at a point: how much of the second colour shows, and how bright it is.
struct Texture {
    var accent: Float = 0
    var tone: Float = 1
}

extension ShapeKind {
    /// The texture at a point of the unit disc.
    ///
    /// - Parameters:
    ///   - count: As for `distance`.
    ///   - frequency: How fine the pattern is, about 0.8 to 1.3.
    ///   - phase: Where the pattern begins, 0 to 1.
    func texture(_ p: Point, count: Float, frequency: Float, phase: Float) -> Texture {
        let r = length(p)
        switch self {
        case .gear:
            // Brushed metal with a groove.
            let brushed = 0.09 * sinf(r * 60 * frequency + phase * 6)
            return Texture(accent: band(abs(r - 0.52), 0.07), tone: 1 + brushed)
        case .flower:
            let angle = atan2f(p.y, p.x)
            let vein = 0.14 * cosf(count * angle) + 0.06 * cosf(count * 5 * angle)
            return Texture(accent: band(r, 0.26), tone: 1 + vein * min(1, r * 1.6))
        case .stripedBall:
            // Stripes bend with the ball.
            let bent = p.x / max(0.3, (1 - p.y * p.y * 0.7).squareRoot())
            return Texture(accent: square(sinf(bent * 8.5 * frequency + phase * 6)))
        case .spottedBall:
            return Texture(accent: spots(p * 2.6 * frequency + phase, radius: 0.3))
        case .leaf:
            let rib = band(abs(p.y), 0.035)
            let along = (p.x - abs(p.y) * 0.9) * 4.2 * frequency + phase
            let vein = band(abs(fraction(along) - 0.5), 0.09)
            return Texture(accent: max(rib, vein * 0.75), tone: 1 - 0.1 * abs(p.y))
        case .fish:
            let eye = length(p - Point(0.62, -0.1))
            if eye < 0.1 { return Texture(accent: 1, tone: eye < 0.055 ? 0.15 : 1.25) }
            let gill = band(abs(length(p - Point(0.75, 0)) - 0.36), 0.025)
            return Texture(accent: max(gill, p.x < 0.4 ? scales(p * 5 * frequency) : 0))
        case .star:
            // Facets: each arm has a light and a dark half.
            let turn = fraction((atan2f(p.x, -p.y) / (2 * .pi)) * 5 + 5)
            return Texture(tone: turn < 0.5 ? 1.14 : 0.84)
        case .ring:
            return Texture(accent: square(sinf(9 * atan2f(p.y, p.x) + 12 * r + phase * 6)))
        case .crate:
            let frame = max(band(0.62 - abs(p.x), 0.0), band(0.62 - abs(p.y), 0.0))
            let brace = band(abs(p.x - p.y) * 0.7, 0.1)
            let gap = band(abs(fraction(p.y * 2.6 + 0.5) - 0.5), 0.05)
            let grain = 0.05 * sinf(p.x * 9 + sinf(p.y * 31) * 2)
            let wood = max(frame, brace)
            return Texture(accent: wood * 0.8, tone: 1 + grain - (wood > 0.5 ? 0 : gap * 0.4))
        case .nut:
            return Texture(tone: 1 + 0.12 * sinf(p.x * 40 * frequency + phase * 6))
        case .heart:
            let shine = length(p - Point(-0.4, -0.4))
            return Texture(tone: 1 + 0.35 * band(shine, 0.16))
        case .crescent:
            return Texture(accent: 0.7 * spots(p * 2.1 + phase, radius: 0.22))
        case .drop:
            let shine = abs(length(p - Point(0, 0.32)) - 0.4)
            return Texture(tone: 1 + (p.x < -0.1 && p.y > 0.2 ? 0.4 * band(shine, 0.06) : 0) - 0.15 * p.y)
        case .arrow:
            return Texture(accent: square(sinf((p.x + abs(p.y)) * 11 * frequency + phase * 6)) * 0.8)
        case .cross:
            return Texture(accent: band(min(abs(p.x), abs(p.y)), 0.09))
        case .brick:
            return Texture(accent: mortar(p * Point(2.2, 4.4) * frequency))
        case .tile:
            let cell = (p * 2.1 * frequency + phase).rounded(.down)
            return Texture(accent: fraction((cell.x + cell.y) / 2) < 0.25 ? 0 : 1)
        case .target:
            return Texture(accent: square(sinf(r * 12.5 * frequency)))
        case .mushroom:
            guard p.y < 0.08 else { return Texture(accent: 0.85, tone: 1 + 0.06 * sinf(p.x * 40)) }
            return Texture(accent: spots(p * 2.2 * frequency + phase, radius: 0.27))
        case .bottle:
            return Texture(accent: band(abs(p.y - 0.35), 0.25), tone: 1 + 0.3 * band(abs(p.x + 0.2), 0.05))
        }
    }
}

/// 1 up to `limit`, falling to 0 within a narrow border.
private func band(_ value: Float, _ limit: Float) -> Float {
    min(max((limit - value) / 0.03 + 0.5, 0), 1)
}

/// A wave made steep.
private func square(_ wave: Float) -> Float {
    min(max(wave * 4 + 0.5, 0), 1)
}

func fraction(_ value: Float) -> Float {
    value - value.rounded(.down)
}

private func spots(_ p: Point, radius: Float) -> Float {
    // Every second row is moved by half a cell.
    let row = p.y.rounded(.down)
    let x = p.x + (fraction(row / 2) > 0.25 ? 0.5 : 0)
    return band(length(Point(fraction(x) - 0.5, fraction(p.y) - 0.5)), radius)
}

private func scales(_ p: Point) -> Float {
    let row = p.x.rounded(.down)
    let y = p.y + (fraction(row / 2) > 0.25 ? 0.5 : 0)
    let away = length(Point(fraction(p.x), fraction(y) - 0.5))
    return band(abs(away - 0.55), 0.09)
}

private func mortar(_ p: Point) -> Float {
    let row = p.y.rounded(.down)
    let x = p.x + (fraction(row / 2) > 0.25 ? 0.5 : 0)
    return max(band(abs(fraction(x) - 0.5), 0.05), band(abs(fraction(p.y) - 0.5), 0.1))
}
