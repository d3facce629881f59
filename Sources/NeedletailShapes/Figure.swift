import NeedletailPlatform

/// One object in a painting: a kind with its pose and its colours.
struct Figure {
    var kind: ShapeKind
    /// Where its centre lies, in pixels.
    var center: Point
    /// Half its extent along its own x axis, in pixels.
    var radius: Float
    /// Its extent along y, as a share of that along x.
    var aspect: Float
    /// Radians, clockwise on the screen.
    var rotation: Float
    var base: Tint
    var accent: Tint
    var count: Float
    var frequency: Float
    var phase: Float
    /// Whether the texture is left out: such a figure belongs to no class.
    var isPlain = false
    var isFlipped: Bool

    init(_ kind: ShapeKind, center: Point, radius: Float, random: inout SplitMix64) {
        self.kind = kind
        self.center = center
        self.radius = radius
        aspect = random.number(0.8, 1)
        rotation = random.number(0, 2 * .pi)
        base = random.tint()
        accent = random.tint(against: base)
        count = Float(random.integer(kind == .flower ? 5...8 : 7...11))
        frequency = random.number(0.8, 1.25)
        phase = random.unit()
        isFlipped = random.chance(0.5)
    }

    /// Columns and rows that it may touch, not limited to any painting.
    var reach: (columns: ClosedRange<Int>, rows: ClosedRange<Int>) {
        let extent = radius * 1.02 + 1
        return (
            Int((center.x - extent).rounded(.down))...Int((center.x + extent).rounded(.up)),
            Int((center.y - extent).rounded(.down))...Int((center.y + extent).rounded(.up))
        )
    }

    /// Calls `body` with every pixel that it covers at all: column, row, the share covered, and the place in
    /// the unit disc.
    func forEachPixel(
        columns: ClosedRange<Int>, rows: ClosedRange<Int>, _ body: (Int, Int, Float, Point) -> Void
    ) {
        let cosine = cosf(rotation) / radius, sine = sinf(rotation) / radius
        let flip: Float = isFlipped ? -1 : 1
        for y in rows {
            let dy = Float(y) + 0.5 - center.y
            for x in columns {
                let dx = Float(x) + 0.5 - center.x
                let place = Point((dx * cosine + dy * sine) * flip, (dy * cosine - dx * sine) / aspect)
                if (place * place).sum() > 1.1 { continue }
                let share = 0.5 - kind.distance(place, count: count) * radius * aspect
                if share > 0 { body(x, y, min(share, 1), place) }
            }
        }
    }

    /// Paints it, lit from a direction on the screen.
    func paint(on painting: inout Painting, light: Point, opacity: Float = 1) {
        // Something in front of a corner may lie outside altogether.
        let columns = Range(reach.columns).clamped(to: 0..<painting.width)
        let rows = Range(reach.rows).clamped(to: 0..<painting.height)
        guard !columns.isEmpty, !rows.isEmpty else { return }
        let isRound = kind == .stripedBall || kind == .spottedBall || kind == .target
        let width = painting.width
        painting.pixels.withUnsafeMutableBufferPointer { pixels in
            forEachPixel(
                columns: columns.lowerBound...columns.upperBound - 1, rows: rows.lowerBound...rows.upperBound - 1
            ) { x, y, share, place in
                let look =
                    isPlain ? Texture() : kind.texture(place, count: count, frequency: frequency, phase: phase)
                let onScreen = (Point(Float(x), Float(y)) + 0.5 - center) / radius
                var shade = 1 + 0.28 * (onScreen * light).sum()
                if isRound { shade -= 0.45 * max(0, (onScreen * onScreen).sum() - 0.35) }
                // A darker rim, as of something with thickness.
                let depth = -kind.distance(place, count: count)
                shade *= 0.72 + 0.28 * min(1, depth * 9)
                let color = (base + (accent - base) * look.accent) * (look.tone * shade)
                let i = y * width + x
                pixels[i] += (color - pixels[i]) * (share * opacity)
            }
        }
    }

    /// Darkens what lies under it, away from the light.
    func paintShadow(on painting: inout Painting, light: Point, strength: Float) {
        var shadow = self
        shadow.center -= light * (radius * 0.12 + 1.5)
        let columns = Range(shadow.reach.columns).clamped(to: 0..<painting.width)
        let rows = Range(shadow.reach.rows).clamped(to: 0..<painting.height)
        guard !columns.isEmpty, !rows.isEmpty else { return }
        let width = painting.width
        painting.pixels.withUnsafeMutableBufferPointer { pixels in
            shadow.forEachPixel(
                columns: columns.lowerBound...columns.upperBound - 1, rows: rows.lowerBound...rows.upperBound - 1
            ) { x, y, share, _ in
                pixels[y * width + x] *= 1 - share * strength
            }
        }
    }
}
