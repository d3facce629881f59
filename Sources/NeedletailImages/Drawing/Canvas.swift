import NeedletailPlatform

/// An RGB image being painted on. Rectangles are in pixels, edges included at their exact place.
package struct Canvas {
    package struct Rectangle: Hashable {
        package var left, top, right, bottom: Float

        package init(left: Float, top: Float, right: Float, bottom: Float) {
            self.left = left
            self.top = top
            self.right = right
            self.bottom = bottom
        }

        package var width: Float { right - left }
        package var height: Float { bottom - top }
        package var area: Float { max(0, width) * max(0, height) }

        func inset(by margin: Float) -> Rectangle {
            Rectangle(left: left + margin, top: top + margin, right: right - margin, bottom: bottom - margin)
        }

        func overlap(with other: Rectangle) -> Float {
            let width = min(right, other.right) - max(left, other.left)
            let height = min(bottom, other.bottom) - max(top, other.top)
            return width > 0 && height > 0 ? width * height : 0
        }
    }

    package private(set) var image: Image

    package init(_ image: Image) {
        self.image = image.converted(to: .rgb)
    }

    /// Fills a rectangle with rounded corners.
    package mutating func fill(_ shape: Rectangle, radius: Float = 0, color: Color, opacity: Float = 1) {
        paint(over: shape, color, steady: Self.steady([(shape, radius)])) { x, y in
            Self.coverage(of: shape, radius: radius, x, y) * opacity
        }
    }

    /// Paints the ring between a rectangle and the same one `thickness` further in, of which `pattern` (if
    /// given) tells the share that is painted at a distance along a side.
    package mutating func stroke(
        _ outer: Rectangle, thickness: Float, radius: Float, color: Color, opacity: Float = 1,
        dash: (length: Float, gap: Float)? = nil
    ) {
        let inner = outer.inset(by: thickness)
        let hasHole = inner.width > 0 && inner.height > 0
        // The four sides, so that the hole of a large box is not visited.
        let sides =
            hasHole
            ? [
                Rectangle(left: outer.left, top: outer.top, right: outer.right, bottom: inner.top + radius),
                Rectangle(left: outer.left, top: inner.bottom - radius, right: outer.right, bottom: outer.bottom),
                Rectangle(
                    left: outer.left, top: inner.top + radius, right: inner.left + radius, bottom: inner.bottom - radius
                ),
                Rectangle(
                    left: inner.right - radius, top: inner.top + radius, right: outer.right,
                    bottom: inner.bottom - radius
                ),
            ] : [outer]
        let shapes = hasHole ? [(outer, radius), (inner, max(0, radius - thickness))] : [(outer, radius)]
        let steady = dash == nil ? Self.steady(shapes) : Steady()
        let isSmall = hasHole && (inner.height <= 2 * radius + 2 || inner.width <= 2 * radius + 2)
        for side in isSmall ? [outer] : sides {
            paint(over: side, color, steady: steady) { x, y in
                var share = Self.coverage(of: outer, radius: radius, x, y)
                if hasHole { share -= Self.coverage(of: inner, radius: max(0, radius - thickness), x, y) }
                guard share > 0, let dash else { return share * opacity }
                let isAcross = y < inner.top || y > inner.bottom
                let place = isAcross ? x - outer.left : y - outer.top
                let length = isAcross ? outer.width : outer.height
                return share * opacity * Self.dashes(at: place, of: length, dash.length, dash.gap)
            }
        }
    }

    /// Lays text over the image with its mask's corner at (`left`, `top`).
    package mutating func write(_ text: TextMask, left: Int, top: Int, color: Color) {
        let ink = (Float(color.red), Float(color.green), Float(color.blue))
        let width = image.width, height = image.height
        image.withUnsafeMutableBytes { bytes in
            for row in max(0, -top)..<max(max(0, -top), min(text.height, height - top)) {
                for column in max(0, -left)..<max(max(0, -left), min(text.width, width - left)) {
                    let share = text.coverage[row * text.width + column]
                    if share > 0 { Self.mix(bytes, ((top + row) * width + left + column) * 3, ink, share) }
                }
            }
        }
    }

    /// Columns and rows of pixels in which coverage does not change from one to the next, all else being equal.
    private struct Steady {
        var columns = 0..<0
        var rows = 0..<0
    }

    /// A pixel or more away from their corners, rounded rectangles are straight.
    private static func steady(_ shapes: [(shape: Rectangle, radius: Float)]) -> Steady {
        func range(_ low: Float, _ high: Float) -> Range<Int> {
            let first = Int(saturating: low.rounded(.up))
            return first..<max(first, Int(saturating: high.rounded(.down)))
        }
        func most(_ value: ((shape: Rectangle, radius: Float)) -> Float) -> Float { shapes.map(value).max() ?? 0 }
        return Steady(
            columns: range(most { $0.shape.left + $0.radius + 1 }, -most { $0.radius + 1 - $0.shape.right }),
            rows: range(most { $0.shape.top + $0.radius + 1 }, -most { $0.radius + 1 - $0.shape.bottom }))
    }

    /// Mixes `color` into the pixels of a region by the share that `coverage` gives for their centres.
    package mutating func paint(over region: Rectangle, _ color: Color, _ coverage: (Float, Float) -> Float) {
        paint(over: region, color, steady: Steady(), coverage)
    }

    private mutating func paint(
        over region: Rectangle, _ color: Color, steady: Steady, _ coverage: (Float, Float) -> Float
    ) {
        let columns = Self.range(region.left, region.right, image.width)
        let rows = Self.range(region.top, region.bottom, image.height)
        let ink = (Float(color.red), Float(color.green), Float(color.blue))
        let (width, first) = (image.width, columns.lowerBound)
        let sameColumns = steady.columns.clamped(to: columns)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: columns.count) { shares in
            var isKnown = false
            image.withUnsafeMutableBytes { bytes in
                for row in rows {
                    let isSteady = steady.rows.contains(row)
                    if !isSteady || !isKnown {
                        func find(_ columns: Range<Int>) {
                            for column in columns {
                                let share = coverage(Float(column) + 0.5, Float(row) + 0.5)
                                shares.initializeElement(at: column - first, to: share)
                            }
                        }
                        if sameColumns.isEmpty {
                            find(columns)
                        } else {
                            find(columns.lowerBound..<sameColumns.lowerBound)
                            let share = coverage(Float(sameColumns.lowerBound) + 0.5, Float(row) + 0.5)
                            for column in sameColumns { shares.initializeElement(at: column - first, to: share) }
                            find(sameColumns.upperBound..<columns.upperBound)
                        }
                        isKnown = isSteady
                    }
                    for column in columns {
                        let share = shares[column - first]
                        if share > 0 { Self.mix(bytes, (row * width + column) * 3, ink, share) }
                    }
                }
            }
        }
    }

    private static func range(_ low: Float, _ high: Float, _ count: Int) -> Range<Int> {
        // Clamped as floats: a box may reach far beyond what an integer holds.
        let first = Int(saturating: min(max(low.rounded(.down), 0), Float(count)))
        return first..<max(first, Int(saturating: min(max(high.rounded(.up), 0), Float(count))))
    }

    @inline(__always)
    private static func mix(
        _ bytes: UnsafeMutableBufferPointer<UInt8>, _ index: Int, _ ink: (Float, Float, Float), _ share: Float
    ) {
        let rest = 1 - min(share, 1)
        bytes[index] = UInt8(min(max(Float(bytes[index]) * rest + ink.0 * (1 - rest) + 0.5, 0), 255))
        bytes[index + 1] = UInt8(min(max(Float(bytes[index + 1]) * rest + ink.1 * (1 - rest) + 0.5, 0), 255))
        bytes[index + 2] = UInt8(min(max(Float(bytes[index + 2]) * rest + ink.2 * (1 - rest) + 0.5, 0), 255))
    }

    /// How much of the pixel around a point a rounded rectangle covers, from its signed distance.
    private static func coverage(of shape: Rectangle, radius: Float, _ x: Float, _ y: Float) -> Float {
        let radius = min(radius, min(shape.width, shape.height) / 2)
        let dx = max(shape.left + radius - x, x - shape.right + radius)
        let dy = max(shape.top + radius - y, y - shape.bottom + radius)
        let outside = SIMD2(max(dx, 0), max(dy, 0))
        let distance = (outside * outside).sum().squareRoot() + min(max(dx, dy), 0) - radius
        return min(max(0.5 - distance, 0), 1)
    }

    /// Dashes that begin and end a side with a whole one.
    private static func dashes(at place: Float, of side: Float, _ length: Float, _ gap: Float) -> Float {
        let count = max(1, ((side - length) / (length + gap)).rounded())
        let period = (side - length) / count
        guard period > length else { return 1 }
        let phase = place - (place / period).rounded(.down) * period
        return min(max(length - phase + 0.5, 0), 1) + min(max(phase - period + 0.5, 0), 1)
    }
}
