import NeedletailPlatform

/// What lies behind the objects: a gradient with noise, a pattern, and clutter that belongs to no class.
enum Backdrop {
    static func paint(on painting: inout Painting, random: inout SplitMix64) {
        let first = random.tint(saturation: 0.05...0.7, value: 0.2...0.9)
        let second = random.tint(saturation: 0.05...0.7, value: 0.2...0.9)
        let angle = random.number(0, 2 * .pi)
        let direction = Point(cosf(angle), sinf(angle))
        let extent = Float(max(painting.width, painting.height))
        let coarse = ValueNoise(random: &random), fine = ValueNoise(random: &random)
        let coarseSize = random.number(0.02, 0.07), fineSize = random.number(0.1, 0.4)
        let coarseStrength = random.number(0.1, 0.6), fineStrength = random.number(0, 0.16)
        let pattern = random.integer(0...5)
        let patternStrength = random.number(0.06, 0.3), patternSize = random.number(5, 26)
        let center = Point(random.unit() * extent, random.unit() * extent)

        for y in 0..<painting.height {
            for x in 0..<painting.width {
                let place = Point(Float(x), Float(y))
                var share = (place * direction).sum() / extent * 0.5 + 0.5
                share += (coarse[place * coarseSize] - 0.5) * 2 * coarseStrength
                var tone = 1 + (fine[place * fineSize] - 0.5) * 2 * fineStrength
                let along = (place * direction).sum() / patternSize
                let across = (place.x * direction.y - place.y * direction.x) / patternSize
                switch pattern {
                case 0: tone += patternStrength * (sinf(along * 3) > 0.2 ? 0.5 : -0.5)
                case 1: tone += patternStrength * (fraction(along) < 0.5).sign * (fraction(across) < 0.5).sign * 0.5
                case 2: tone -= patternStrength * (min(fraction(along), fraction(across)) < 0.12 ? 1 : 0)
                case 3: tone += patternStrength * 0.6 * sinf(length(place - center) / patternSize * 4)
                default: break
                }
                let mixed = first + (second - first) * min(max(share, 0), 1)
                painting.pixels[y * painting.width + x] = mixed * tone
            }
        }
    }

    /// Kinds that the detection dataset does not name.
    static let strangers: [ShapeKind] = [
        .star, .ring, .crate, .nut, .heart, .crescent, .drop, .arrow, .cross, .brick, .tile, .mushroom, .bottle,
    ]

    /// Objects of no class, shapes without their texture, lines and blobs.
    ///
    /// - Parameter kinds: What is asked for, and so does not lie about.
    static func clutter(
        on painting: inout Painting, light: Point, amount: Int, kinds: [ShapeKind], random: inout SplitMix64
    ) {
        let strangers = strangers.filter { !kinds.contains($0) }
        let size = Point(Float(painting.width), Float(painting.height))
        for _ in 0..<amount {
            let center = Point(random.unit(), random.unit()) * size
            switch random.integer(0...5) {
            case 0...1 where !strangers.isEmpty:
                var figure = Figure(
                    random.element(strangers), center: center, radius: random.number(7, 42), random: &random)
                figure.isPlain = random.chance(0.3)
                figure.paintShadow(on: &painting, light: light, strength: 0.3)
                figure.paint(on: &painting, light: light)
            case 2:
                // A ball without stripes or spots is no ball.
                var figure = Figure(.target, center: center, radius: random.number(6, 30), random: &random)
                figure.isPlain = true
                figure.paint(on: &painting, light: light, opacity: random.number(0.6, 1))
            case 3:
                line(
                    from: center, to: center + Point(random.number(-90, 90), random.number(-90, 90)),
                    thickness: random.number(0.6, 3), color: random.tint(), on: &painting)
            default:
                blob(
                    at: center, radius: random.number(5, 35), color: random.tint(), strength: random.number(0.2, 0.7),
                    on: &painting)
            }
        }
    }

    private static func line(
        from start: Point, to end: Point, thickness: Float, color: Tint, on painting: inout Painting
    ) {
        let along = end - start, reach = thickness + 1
        let squared = max((along * along).sum(), 1e-3)
        let columns =
            max(0, Int(min(start.x, end.x) - reach))...max(0, min(painting.width - 1, Int(max(start.x, end.x) + reach)))
        let rows =
            max(
                0, Int(min(start.y, end.y) - reach))...max(
                0, min(painting.height - 1, Int(max(start.y, end.y) + reach)))
        for y in rows where y < painting.height {
            for x in columns where x < painting.width {
                let point = Point(Float(x) + 0.5, Float(y) + 0.5) - start
                let away = point - along * min(max((point * along).sum() / squared, 0), 1)
                let share = min(max(thickness / 2 + 0.5 - length(away), 0), 1)
                let i = y * painting.width + x
                painting.pixels[i] += (color - painting.pixels[i]) * share
            }
        }
    }

    private static func blob(at center: Point, radius: Float, color: Tint, strength: Float, on painting: inout Painting)
    {
        for y in max(0, Int(center.y - radius))..<max(0, min(painting.height, Int(center.y + radius))) {
            for x in max(0, Int(center.x - radius))..<max(0, min(painting.width, Int(center.x + radius))) {
                let away = (Point(Float(x), Float(y)) - center) / radius
                let share = max(0, 1 - (away * away).sum())
                let i = y * painting.width + x
                painting.pixels[i] += (color - painting.pixels[i]) * (share * share * strength)
            }
        }
    }
}

extension Bool {
    fileprivate var sign: Float { self ? 1 : -1 }
}
