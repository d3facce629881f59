import NeedletailImages
import Testing

/// Letters that come from a font: three rectangles, of `make_font.py`.
@Suite(.enabled(if: SystemFonts.isAvailable, "FreeType is not installed")) struct FontTests {
    private let fonts = SystemFonts(folders: [
        Fixture.path("font.ttf").split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    ])

    /// Pixels with ink as columns and rows, and how many there are.
    private func ink(_ text: String, unit: Float = 10) throws -> (columns: Range<Int>, rows: Range<Int>, count: Int) {
        let mask = TextMask(text, unit: unit, fonts: fonts)
        var canvas = Canvas(Image(width: mask.width, height: mask.height))
        canvas.write(mask, left: 0, top: 0, color: .white)
        let empty = Image(width: mask.width, height: mask.height)
        let (columns, rows) = try #require(DrawingTests.changed(empty, canvas.image))
        let count = (0..<mask.height).reduce(0) { sum, y in
            sum + (0..<mask.width).count { canvas.image[row: y, column: $0] > 127 }
        }
        return (columns, rows, count)
    }

    @Test func aLetterOfAFontIsDrawnAtTheSizeOfTheOthers() throws {
        let (columns, rows, count) = try ink("漢")
        // An em has 138 pixels where capitals have 100; the square is 0.8 of it: 110.4. Hinting may move edges by one.
        #expect(abs(columns.count - 111) <= 2 && abs(rows.count - 111) <= 2, "\(columns) \(rows)")
        #expect(abs(count - 110 * 110) < 700)
        // It reaches 0.1 em below the baseline, as a small letter's descender.
        let baseline = TextMask("漢", unit: 10, fonts: fonts).baseline
        #expect(abs(rows.upperBound - baseline - 14) <= 2)
        let two = try ink("漢漢")
        #expect(two.count > 2 * count - 900 && two.columns.count > 2 * columns.count)
        #expect(try ink("漢", unit: 1).columns.count < 14)
    }

    /// The letter that is read first stands at the right.
    @Test func lettersFromRightToLeft() throws {
        func heights(_ text: String) throws -> (left: Int, right: Int) {
            let mask = TextMask(text, unit: 10, fonts: fonts)
            var canvas = Canvas(Image(width: mask.width, height: mask.height))
            canvas.write(mask, left: 0, top: 0, color: .white)
            func height(_ columns: Range<Int>) -> Int {
                (0..<mask.height).count { y in columns.contains { canvas.image[row: y, column: $0] > 127 } }
            }
            return (height(0..<mask.width / 2), height(mask.width / 2..<mask.width))
        }
        // Alef is 0.2 em high, bet 0.4: 27.6 and 55.2 pixels.
        let read = try heights("\u{5D0}\u{5D1}")
        #expect(abs(read.left - 55) <= 2 && abs(read.right - 28) <= 2, "\(read)")
        let other = try heights("\u{5D1}\u{5D0}")
        #expect(abs(other.left - 28) <= 2 && abs(other.right - 55) <= 2, "\(other)")
    }

    @Test func whatNoFontHasIsSaid() {
        #expect(TextMask.canWrite("漢 cell", fonts: fonts) && !TextMask.canWrite("漢字", fonts: fonts))
        #expect(TextMask.canWrite("漢\u{200B}\u{FE0F}", fonts: fonts))
        let painter = BoxPainter(names: ["漢", "字"], numbers: [1, 2], fonts: fonts)
        #expect(painter.notice?.contains("1 of 2 class names have letters that no font on this machine has") == true)
        #expect(painter.notice?.contains("'class 2' for 字") == true)
        // A file that is no font, and a folder that is not there, are none.
        #expect(!TextMask.canWrite("漢", fonts: SystemFonts(folders: ["/nowhere"])))
    }

    /// Seen, nun and a blank between letters: joined forms where the font has them.
    @Test func arabicLettersAreJoined() {
        let word: [Character] = ["\u{633}", "\u{644}", "\u{627}", "\u{645}"]
        func codes(_ isThere: Bool) -> [UInt32] {
            ArabicForms.joined(word, isThere: { _ in isThere }).map { $0.unicodeScalars.first!.value }
        }
        // Beginning of seen, middle of lam, end of alef, which joins nothing behind it, and meem alone.
        #expect(codes(true) == [0xFEB3, 0xFEE0, 0xFE8E, 0xFEE1])
        #expect(codes(false) == [0x633, 0x644, 0x627, 0x645])
    }
}
