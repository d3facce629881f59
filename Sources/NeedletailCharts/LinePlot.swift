import NeedletailImages
import NeedletailPlatform

/// A chart of lines as an image: dark on white, with round numbers on both axes and a legend above.
package struct LinePlot: Sendable {
    package struct Series: Sendable {
        package var name: String
        package var color: Color
        /// Ascending in x.
        package var points: [(x: Double, y: Double)]

        package init(name: String, color: Color, points: [(x: Double, y: Double)]) {
            self.name = name
            self.color = color
            self.points = points
        }
    }

    package var title: String
    package var xLabel: String
    package var series: [Series]
    /// Ends of the x axis.
    package var xRange: ClosedRange<Double>

    /// Of the lines of a chart, in this order; most colour-blind people tell blue, orange and green apart.
    package static let colors = [
        Color(0x0068A8), Color(0xD9640C), Color(0x00875F), Color(0x84399C), Color(0x56606B), Color(0xB02A4C),
        Color(0xB58900),
    ]

    private static let ink = Color(0x1B2026)
    private static let soft = Color(0x56606B)
    private static let grid = Color(0xE1E5E9)
    /// Capitals of titles, and of everything else.
    private static let (large, small) = (12, 9)
    private static let (left, right, top, bottom) = (Float(66), Float(22), Float(60), Float(48))
    private static let mostPoints = 1000
    /// Where the legend begins, where its first row is, and how far apart rows are.
    private static let (legendLeft, legendTop, legendStep) = (Float(16), Float(43), Float(17))

    package init(title: String, xLabel: String, series: [Series], xRange: ClosedRange<Double>) {
        self.title = title
        self.xLabel = xLabel
        self.series = series
        self.xRange = xRange
    }

    /// Draws the chart; the y axis begins at 0.
    package func image(width: Int, height: Int) -> Image {
        var canvas = Canvas(Image(width: width, height: height, filledWith: .white))
        let highest = series.flatMap(\.points).map(\.y).filter(\.isFinite).max() ?? 0
        let yTicks = AxisTicks(over: 0...(highest > 0 ? highest : 1))
        let xTicks = AxisTicks(over: xRange, count: 8, extends: false, areWhole: true)
        let legend = legendPlaces(width: Float(width))
        let area = Canvas.Rectangle(
            left: Self.left, top: Self.top + (legend.last?.y ?? Self.legendTop) - Self.legendTop,
            right: Float(width) - Self.right, bottom: Float(height) - Self.bottom)
        func x(_ value: Double) -> Float {
            area.left + area.width
                * Float((value - xRange.lowerBound) / max(xRange.upperBound - xRange.lowerBound, 1e-30))
        }
        func y(_ value: Double) -> Float { area.bottom - area.height * Float(value / yTicks.range.upperBound) }

        for (value, label) in zip(yTicks.values, yTicks.labels) {
            let row = y(value).rounded()
            canvas.fill(
                .init(left: area.left, top: row, right: area.right, bottom: row + 1),
                color: value == 0 ? Self.soft : Self.grid)
            Self.write(label, at: (area.left - 8, row), anchor: (1, 0.5), Self.small, Self.soft, on: &canvas)
        }
        for (value, label) in zip(xTicks.values, xTicks.labels) {
            let column = x(value).rounded()
            canvas.fill(
                .init(left: column, top: area.bottom, right: column + 1, bottom: area.bottom + 5), color: Self.soft)
            Self.write(
                label, at: (column, area.bottom + 10), anchor: (0.5, 0), Self.small, Self.soft, on: &canvas)
        }
        Self.write(
            xLabel, at: (area.right, Float(height) - 18), anchor: (1, 0), Self.small, Self.ink, on: &canvas)
        Self.write(title, at: (16, 14), anchor: (0, 0), Self.large, Self.ink, on: &canvas)
        for (series, place) in zip(series, legend) {
            canvas.line(from: place, to: place + SIMD2(22, 0), thickness: 3, color: series.color)
            Self.write(series.name, at: (place.x + 28, place.y), anchor: (0, 0.5), Self.small, Self.ink, on: &canvas)
        }
        for series in series.reversed() {
            let points = thinned(series.points).filter { $0.y.isFinite }.map { SIMD2(x($0.x), y($0.y)) }
            for (start, end) in zip(points, points.dropFirst()) {
                canvas.line(from: start, to: end, thickness: 2.4, color: series.color)
            }
            guard points.count <= 40 else { continue }
            for point in points { canvas.line(from: point, to: point, thickness: 7, color: series.color) }
        }
        return canvas.image
    }

    /// Where the entry of each series in the legend begins: in rows as long as there is room for.
    private func legendPlaces(width: Float) -> [SIMD2<Float>] {
        var next = SIMD2(Self.legendLeft, Self.legendTop)
        return series.map { series in
            let length = 28 + Float(TextMask(series.name, unit: Float(Self.small) / 10).width)
            if next.x > Self.legendLeft, next.x + length > width - Self.right {
                next = SIMD2(Self.legendLeft, next.y + Self.legendStep)
            }
            defer { next.x += length + 18 }
            return next
        }
    }

    /// - Parameter anchor: Which point of the text is at the place: 0 its left or upper end, 1 the right or lower.
    private static func write(
        _ text: String, at place: (x: Float, y: Float), anchor: (x: Float, y: Float), _ size: Int, _ color: Color,
        on canvas: inout Canvas
    ) {
        let mask = TextMask(text, unit: Float(size) / 10)
        let above = Float(mask.baseline - size)
        canvas.write(
            mask, left: Int(saturating: (place.x - anchor.x * Float(mask.width)).rounded()),
            top: Int(saturating: (place.y - anchor.y * Float(size) - above).rounded()), color: color)
    }

    private func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
        guard points.count > Self.mostPoints else { return points }
        return (0..<Self.mostPoints).map { points[$0 * (points.count - 1) / (Self.mostPoints - 1)] }
    }
}

extension Canvas {
    /// Draws a line with round ends; one without length is a dot.
    mutating func line(from start: SIMD2<Float>, to end: SIMD2<Float>, thickness: Float, color: Color) {
        let radius = thickness / 2, reach = radius + 1
        let along = end - start
        let lengthSquared = (along * along).sum()
        let region = Rectangle(
            left: min(start.x, end.x) - reach, top: min(start.y, end.y) - reach, right: max(start.x, end.x) + reach,
            bottom: max(start.y, end.y) + reach)
        paint(over: region, color) { x, y in
            let point = SIMD2(x, y) - start
            let share = lengthSquared > 0 ? min(max((point * along).sum() / lengthSquared, 0), 1) : 0
            let away = point - along * share
            return min(max(radius + 0.5 - (away * away).sum().squareRoot(), 0), 1)
        }
    }
}
