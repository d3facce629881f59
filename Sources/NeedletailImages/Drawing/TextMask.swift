import NeedletailPlatform

/// A line of text as coverage, ready to be laid over an image in any colour.
package struct TextMask {
    /// Pixels, including half a stroke around the outermost stems.
    package let width: Int
    package let height: Int
    /// Rows from the top of the mask to the baseline.
    package let baseline: Int
    /// Share of each pixel that is inked, 0 to 1.
    package private(set) var coverage: [Float]

    /// Units between the stems of neighbouring characters.
    static let spacing: Float = 3
    private static let strokeWidth: Float = 1.55

    /// An em of other fonts, whose capitals are about as high as those of the typeface.
    private static let em: Float = 13.8

    /// Whether the typeface, or a font of the machine, has all letters of a text.
    package static func canWrite(_ text: String, fonts: SystemFonts = .shared) -> Bool {
        text.allSatisfy { Glyph.isThere($0) || fonts.have($0.unicodeScalars) }
    }

    /// A character of the typeface, or of some font.
    private enum Piece {
        case glyph(Glyph)
        case pictures([SystemFonts.Picture])
    }

    /// - Parameters:
    ///   - unit: Pixels a tenth of a capital's height. Whole numbers look crispest.
    ///   - fonts: Where letters are looked for that the typeface lacks; for what none has its number stands, in a box.
    package init(_ text: String, unit: Float, fonts: SystemFonts = .shared) {
        let pieces = WrittenOrder.visual(text) { fonts.have($0.unicodeScalars) }.flatMap {
            Self.pieces($0, unit: unit, fonts: fonts)
        }
        let glyphs = pieces.compactMap { piece -> Glyph? in if case .glyph(let glyph) = piece { glyph } else { nil } }
        let pictures = pieces.flatMap { piece -> [SystemFonts.Picture] in
            if case .pictures(let pictures) = piece { pictures } else { [] }
        }
        let advance = pieces.reduce(-Self.spacing) { $0 + Self.width(of: $1, unit: unit) + Self.spacing }
        let margin = Self.strokeWidth / 2 + 0.5
        // Marks over capitals need the upper rows, descenders the lower.
        let top =
            glyphs.contains { $0.segments.contains { min($0.y1, $0.y2) < -2 } || $0.dots.contains { $0.y < -2 } }
            ? Float(-4) : Float(0)
        width = max(1, Int(((max(advance, 0) + 2 * margin) * unit).rounded(.up)))
        let line = Int((10 * unit).rounded())
        let above = max(Int(((margin - top) * unit).rounded(.up)), (pictures.map(\.top).max() ?? 0) - line + 1)
        baseline = above + line
        let below = max(
            Int(((3 + margin) * unit).rounded(.up)), (pictures.map { $0.height - $0.top }.max() ?? 0) + 1)
        height = baseline + below
        coverage = [Float](repeating: 0, count: width * height)

        let left = (margin * unit - 0.5).rounded(.up) + 0.5
        // Pixel centres lie at halves, so stems on whole numbers are moved there.
        let down = Float(above) + 0.5
        var x: Float = 0
        for piece in pieces {
            switch piece {
            case .glyph(let glyph):
                for segment in glyph.segments {
                    stroke(
                        SIMD2(left + (x + segment.x1) * unit, down + segment.y1 * unit),
                        SIMD2(left + (x + segment.x2) * unit, down + segment.y2 * unit),
                        radius: Self.strokeWidth / 2 * glyph.weight * unit)
                }
                for dot in glyph.dots {
                    let center = SIMD2(left + (x + dot.x) * unit, down + dot.y * unit)
                    stroke(center, center, radius: Self.strokeWidth * 0.66 * unit)
                }
            case .pictures(let pictures):
                // A mark stands over or under the letter before it.
                var pen = Int(saturating: (left + (x - Self.bearing) * unit).rounded())
                for picture in pictures {
                    lay(picture, at: pen)
                    pen += Int(saturating: picture.advance.rounded())
                }
            }
            x += Self.width(of: piece, unit: unit) + Self.spacing
        }
    }

    private static func pieces(_ character: Character, unit: Float, fonts: SystemFonts) -> [Piece] {
        if let glyph = Glyph.of(character) { return [.glyph(glyph)] }
        let scalars = character.unicodeScalars
        if fonts.have(scalars) {
            let pictures = scalars.compactMap { fonts.picture(of: $0, size: em * unit) }
            if pictures.count == scalars.count { return [.pictures(pictures)] }
        }
        guard scalars.count > 1 else { return scalars.map { .glyph(Glyph.number(of: $0)) } }
        // A letter whose mark is missing is seen all the same.
        return scalars.filter { !SystemFonts.isSilent($0) }.flatMap {
            pieces(Character($0), unit: unit, fonts: fonts)
        }
    }

    /// Fonts have room beside their letters, as the typeface has its spacing.
    private static let bearing: Float = 1

    /// In units, without the spacing.
    private static func width(of piece: Piece, unit: Float) -> Float {
        switch piece {
        case .glyph(let glyph): glyph.width
        case .pictures(let pictures): pictures.reduce(0) { $0 + $1.advance } / unit - 2 * bearing
        }
    }

    private mutating func lay(_ picture: SystemFonts.Picture, at pen: Int) {
        for row in 0..<picture.height {
            let y = baseline - picture.top + row
            guard (0..<height).contains(y) else { continue }
            for column in 0..<picture.width {
                let x = pen + picture.left + column
                guard (0..<width).contains(x) else { continue }
                let ink = picture.coverage[row * picture.width + column]
                coverage[y * width + x] = max(coverage[y * width + x], ink)
            }
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
