/// A character as line segments and dots, in units of a tenth of a capital's height.
struct Glyph: Sendable {
    struct Segment: Sendable {
        var x1, y1, x2, y2: Float
    }

    /// From the centre of the leftmost stem to the centre of the rightmost.
    var width: Float
    var segments: [Segment]
    var dots: [SIMD2<Float>]
    /// The share of the usual stroke that its lines are thick.
    var weight: Float = 1

    /// The glyph of a character; nil where the typeface has none.
    static func of(_ character: Character) -> Glyph? {
        plain[character] ?? others[character] ?? (character.isWhitespace ? space : nil)
    }

    /// Whether the typeface has a character.
    static func isThere(_ character: Character) -> Bool {
        plain[character] != nil || character.isWhitespace || others[character] != nil
    }

    /// What stands for a character that nothing can draw: its number in Unicode, in a box. Four or six hexadecimal digits, half in
    /// each of two rows.
    static func number(of scalar: Unicode.Scalar) -> Glyph {
        let digits = Array(String(scalar.value, radix: 16, uppercase: true))
        let count = digits.count <= 4 ? 4 : 6
        let padded = [Character](repeating: "0", count: max(count - digits.count, 0)) + digits
        let right = 2 * edge + step.x * Float(count / 2) - 1.8
        var glyph = Glyph(width: right, path: "M0 -3 L\(right) -3 L\(right) 12 L0 12 L0 -3")
        glyph.weight = 0.6
        for (place, digit) in padded.enumerated() {
            guard let shape = plain[digit] else { continue }
            // Digits are 6 units wide, and letters up to 7.
            let scale = SIMD2(3.4 / max(shape.width, 6), Float(0.54))
            let start = SIMD2(edge + step.x * Float(place % (count / 2)), -1.1 + step.y * Float(place / (count / 2)))
            glyph.segments += shape.segments.map {
                Segment(
                    x1: start.x + scale.x * $0.x1, y1: start.y + scale.y * $0.y1, x2: start.x + scale.x * $0.x2,
                    y2: start.y + scale.y * $0.y2)
            }
        }
        return glyph
    }

    /// From the frame of a number to its digits, and from one digit to the next.
    private static let edge: Float = 1.9
    private static let step = SIMD2<Float>(5.2, 6.8)

    private static let space = Glyph(width: 1, path: "")

    private static let plain = GlyphShapes.plain.mapValues { Glyph(width: $0.width, path: $0.path) }

    /// Letters beyond plain ones, of which most programs never write one: drawing all takes two milliseconds.
    private static let others: [Character: Glyph] = {
        var table = plain
        for shapes in [GlyphShapes.greek, GlyphShapes.cyrillic] {
            table.merge(shapes.mapValues { Glyph(width: $0.width, path: $0.path) }) { first, _ in first }
        }
        // Letters that look alike in two alphabets are drawn once.
        for (letters, alike) in GlyphShapes.alike {
            for (letter, other) in zip(letters, alike) { table[letter] = table[other] }
        }
        for (mark, pairs) in GlyphShapes.composed {
            for pair in pairs.split(separator: " ") {
                guard let letter = pair.first, let base = pair.last, let under = table[base] else { continue }
                let isTall = base.isUppercase || base == "l" || base == "d" || base == "h"
                let isBelow = mark == "¸" || mark == "˛"
                table[letter] = under.adding(GlyphShapes.marks[mark] ?? "", lift: isTall && !isBelow ? 3 : 0)
            }
        }
        return table
    }()

    init(width: Float, path: String) {
        self.width = width
        segments = []
        dots = []
        append(path, offset: .zero)
    }

    private func adding(_ mark: String, lift: Float) -> Glyph {
        var glyph = self
        glyph.append(mark, offset: SIMD2((width / 2).rounded(.down), -lift))
        return glyph
    }

    private mutating func append(_ path: String, offset: SIMD2<Float>) {
        var current = SIMD2<Float>.zero
        var numbers: [Float] = []
        var command: Character = " "
        func point(_ index: Int) -> SIMD2<Float> { SIMD2(numbers[index], numbers[index + 1]) + offset }
        func isComplete() -> Bool { numbers.count == (command == "C" ? 6 : 2) }

        for word in path.split(separator: " ") {
            var digits = word
            if let first = word.first, first.isLetter {
                command = first
                digits = word.dropFirst()
                numbers = []
            }
            guard let number = Float(digits.hasPrefix(".") ? "0" + digits : String(digits)) else { continue }
            numbers.append(number)
            guard isComplete() else { continue }
            let end = point(numbers.count - 2)
            // Slightly squarer than an ellipse (0.552), which keeps small bowls open.
            let roundness: Float = 0.6
            switch command {
            case "M": break
            case "L": segments.append(Segment(x1: current.x, y1: current.y, x2: end.x, y2: end.y))
            case "H", "V":
                let corner = command == "H" ? SIMD2(end.x, current.y) : SIMD2(current.x, end.y)
                curve(current, current + (corner - current) * roundness, end + (corner - end) * roundness, end)
            case "C": curve(current, point(0), point(2), end)
            default: dots.append(end)
            }
            current = end
            numbers = []
        }
    }

    private mutating func curve(_ a: SIMD2<Float>, _ b: SIMD2<Float>, _ c: SIMD2<Float>, _ d: SIMD2<Float>) {
        var last = a
        let steps = 10
        for step in 1...steps {
            let t = Float(step) / Float(steps), s = 1 - t
            let next = a * (s * s * s) + b * (3 * s * s * t) + c * (3 * s * t * t) + d * (t * t * t)
            segments.append(Segment(x1: last.x, y1: last.y, x2: next.x, y2: next.y))
            last = next
        }
    }
}
