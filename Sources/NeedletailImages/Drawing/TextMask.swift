/// A line of text as coverage, ready to be laid over an image in any colour.
package struct TextMask {
    /// Pixels, including half a stroke around the outermost stems.
    package let width: Int
    package let height: Int
    /// Rows from the top of the mask to the baseline.
    package let baseline: Int
    /// Share of each pixel that is inked, 0 to 1.
    private(set) var coverage: [Float]

    /// Units between the stems of neighbouring characters.
    static let spacing: Float = 3
    private static let strokeWidth: Float = 1.55

    /// Whether the typeface has all letters of a text.
    package static func canWrite(_ text: String) -> Bool { text.allSatisfy(Glyph.isThere) }

    /// - Parameter unit: Pixels a tenth of a capital's height. Whole numbers look crispest.
    package init(_ text: String, unit: Float) {
        let glyphs = text.map(Glyph.of)
        let advance = glyphs.reduce(-Self.spacing) { $0 + $1.width + Self.spacing }
        let margin = Self.strokeWidth / 2 + 0.5
        // Marks over capitals need the upper rows, descenders the lower.
        let top =
            glyphs.contains { $0.segments.contains { min($0.y1, $0.y2) < -2 } || $0.dots.contains { $0.y < -2 } }
            ? Float(-4) : Float(0)
        width = max(1, Int(((max(advance, 0) + 2 * margin) * unit).rounded(.up)))
        let above = Int(((margin - top) * unit).rounded(.up))
        baseline = above + Int((10 * unit).rounded())
        height = baseline + Int(((3 + margin) * unit).rounded(.up))
        coverage = [Float](repeating: 0, count: width * height)

        let left = (margin * unit - 0.5).rounded(.up) + 0.5
        // Pixel centres lie at halves, so stems on whole numbers are moved there.
        let down = Float(above) + 0.5
        var x: Float = 0
        for glyph in glyphs {
            for segment in glyph.segments {
                stroke(
                    SIMD2(left + (x + segment.x1) * unit, down + segment.y1 * unit),
                    SIMD2(left + (x + segment.x2) * unit, down + segment.y2 * unit),
                    radius: Self.strokeWidth / 2 * unit)
            }
            for dot in glyph.dots {
                let center = SIMD2(left + (x + dot.x) * unit, down + dot.y * unit)
                stroke(center, center, radius: Self.strokeWidth * 0.66 * unit)
            }
            x += glyph.width + Self.spacing
        }
    }

    /// Covers the pixels within `radius` of a line with round ends.
    private mutating func stroke(_ start: SIMD2<Float>, _ end: SIMD2<Float>, radius: Float) {
        let reach = radius + 1
        let firstColumn = max(0, Int(min(start.x, end.x) - reach)), lastColumn = Int(max(start.x, end.x) + reach)
        let firstRow = max(0, Int(min(start.y, end.y) - reach)), lastRow = Int(max(start.y, end.y) + reach)
        guard firstColumn <= min(lastColumn, width - 1), firstRow <= min(lastRow, height - 1) else { return }
        let along = end - start
        let lengthSquared = (along * along).sum()
        for row in firstRow...min(lastRow, height - 1) {
            for column in firstColumn...min(lastColumn, width - 1) {
                let point = SIMD2(Float(column) + 0.5, Float(row) + 0.5) - start
                let share = lengthSquared > 0 ? min(max((point * along).sum() / lengthSquared, 0), 1) : 0
                let away = point - along * share
                let distance = (away * away).sum().squareRoot()
                let ink = min(max(radius + 0.5 - distance, 0), 1)
                let index = row * width + column
                if ink > coverage[index] { coverage[index] = ink }
            }
        }
    }
}
