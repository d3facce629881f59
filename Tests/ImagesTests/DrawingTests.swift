import NeedletailGeometry
import NeedletailImages
import Testing

@Suite struct DrawingTests {
    static let red = Color(0xFF2020)

    /// Columns and rows where two images differ, as half-open ranges.
    static func changed(_ before: Image, _ after: Image) -> (columns: Range<Int>, rows: Range<Int>)? {
        var columns: [Int] = [], rows: [Int] = []
        for y in 0..<before.height {
            for x in 0..<before.width
            where (0..<3).contains(where: {
                before[row: y, column: x, channel: $0] != after[row: y, column: x, channel: $0]
            }) {
                columns.append(x)
                rows.append(y)
            }
        }
        guard let left = columns.min(), let right = columns.max(), let top = rows.min(), let bottom = rows.max() else {
            return nil
        }
        return (left..<right + 1, top..<bottom + 1)
    }

    static func pixel(_ image: Image, _ x: Int, _ y: Int) -> Color {
        Color(
            red: image[row: y, column: x, channel: 0], green: image[row: y, column: x, channel: 1],
            blue: image[row: y, column: x, channel: 2])
    }

    @Test(arguments: [Color.black, .white, red]) func outlineIsSeenOnAnyBackground(_ background: Color) {
        let image = Image(width: 640, height: 480, filledWith: background)
        var drawn = image
        drawn.draw(box: Box(x: 100, y: 80, width: 200, height: 120), color: Self.red)
        // Two pixels, centred on the edge of the box.
        #expect(Self.pixel(drawn, 99, 140) == Self.red && Self.pixel(drawn, 100, 140) == Self.red)
        #expect(Self.pixel(drawn, 200, 80) == Self.red && Self.pixel(drawn, 300, 140) == Self.red)
        // The inside and the outside are left alone, but for the halo.
        #expect(Self.pixel(drawn, 200, 140) == background && Self.pixel(drawn, 90, 70) == background)
        if background != .black { #expect(Self.pixel(drawn, 98, 140) != background) }
        let area = Self.changed(image, drawn)
        if background == .white { #expect(area?.columns == 98..<302 && area?.rows == 78..<202) }
    }

    @Test func linesGrowWithTheImage() {
        func thickness(_ width: Int, _ height: Int) -> Int {
            var image = Image(width: width, height: height)
            let box = Box(
                x: Double(width / 4), y: Double(height / 4), width: Double(width / 2), height: Double(height / 2))
            image.draw(box: box, color: Self.red)
            return (0..<width / 2).count { Self.pixel(image, $0, height / 2) == Self.red }
        }
        #expect(thickness(640, 480) == 2)
        #expect((8...14).contains(thickness(4000, 3000)))
    }

    @Test func labelStaysInside() {
        for (x, y) in [(0.0, 0.0), (600, 0), (0, 460), (610, 450), (-20, -20), (300, 200)] {
            let image = Image(width: 640, height: 480, filledWith: .white)
            let box = LabeledBox(box: Box(x: x, y: y, width: 60, height: 60), color: Self.red)
            var labeled = box
            labeled.label = "Platelets 0.93"
            let area = Self.changed(image.annotated(with: [box]), image.annotated(with: [labeled]))
            // The whole tag is there: it is wider than 80 and higher than 14 wherever the box lies.
            #expect((area?.columns.count ?? 0) > 80 && (area?.rows.count ?? 0) > 14, "box at \(x), \(y)")
        }
    }

    @Test func labelsAvoidEachOther() {
        // Eight objects whose first choice would be nearly the same place.
        let boxes = (0..<8).map {
            LabeledBox(
                box: Box(x: 200 + Double($0) * 3, y: 200 + Double($0) * 2, width: 150, height: 100), label: "object",
                color: Color.palette[$0])
        }
        let image = Image(width: 640, height: 480, filledWith: Color(0x808080))
        let together = image.annotated(with: boxes)
        // A tag drawn last hides what lies under it, so every tag must show all its letters: count the
        // black or white pixels that one such label has, eight times over.
        func letters(_ drawn: Image, _ color: Color) -> Int {
            var count = 0
            for y in 0..<480 { for x in 0..<640 where Self.pixel(drawn, x, y) == color { count += 1 } }
            return count
        }
        for color in [Color.black, .white] {
            let apart = boxes.map { letters(image.annotated(with: [$0]), color) }.reduce(0, +)
            #expect(letters(together, color) == apart)
        }
    }

    @Test func textContrastsWithItsTag() {
        for color in Color.palette + [.black, .white] {
            let text = color.contrasting
            func linear(_ value: UInt8) -> Double {
                let v = Double(value) / 255
                return v <= 0.04045 ? v / 12.92 : Double.pow(v)
            }
            func luminance(_ c: Color) -> Double {
                0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue)
            }
            let a = luminance(color) + 0.05, b = luminance(text) + 0.05
            #expect(max(a, b) / min(a, b) >= 4.5, "\(color)")
            // And no less than the other of the two.
            let c = luminance(text == .black ? .white : .black) + 0.05
            #expect(max(a, b) / min(a, b) >= max(a, c) / min(a, c), "\(color)")
        }
    }

    @Test func classesKeepTheirColors() {
        // Fixed by the hash of the name: these must not change between versions.
        #expect(Color.forClass("person") == Color.forClass("person"))
        #expect(Color.forClass("RBC") == Color(0xC68A5E))
        #expect(Color.forClass(3) == Color.palette[3] && Color.forClass(-1) == Color.palette[19])
        let names = (0..<20).map { "class \($0)" }
        let colors = Color.distinct(forClasses: names)
        #expect(Set(colors).count == 20)
        #expect(colors[0] == Color.forClass("class 0"))
        #expect(Array(Color.distinct(forClasses: names + ["more", "and more"])[..<20]) == colors)
        for (i, a) in Color.palette.enumerated() {
            for b in Color.palette[..<i] {
                let d = [
                    Int(a.red) - Int(b.red), Int(a.green) - Int(b.green), Int(a.blue) - Int(b.blue),
                ]
                #expect(d.map { $0 * $0 }.reduce(0, +) > 50 * 50, "\(a) and \(b)")
            }
        }
    }

    /// Both names have an orange of their own.
    @Test func similarColoursAreAvoided() {
        let colors = Color.distinct(forClasses: ["Platelets", "RBC", "WBC"])
        #expect(colors == [Color.forClass("Platelets"), Color(0x00809C), Color(0xE012C3)])
        #expect(Color.distinct(forClasses: ["WBC"]) == [Color.forClass("WBC")])
    }

    @Test func crowdIsDashed() {
        let image = Image(width: 640, height: 480)
        let box = Box(x: 100, y: 100, width: 300, height: 200)
        func along(_ style: LabeledBox.Style) -> [Bool] {
            let drawn = image.annotated(with: [LabeledBox(box: box, color: Self.red, style: style)])
            return (105..<395).map { Self.pixel(drawn, $0, 100) == Self.red }
        }
        #expect(along(.detection).allSatisfy { $0 })
        let dashes = along(.crowd)
        let changes = zip(dashes, dashes.dropFirst()).count { $0 != $1 }
        #expect(changes >= 20 && dashes.count { $0 } > 100)
    }

    @Test func hostileBoxesAndLabels() {
        let image = Fixture.picture(width: 60, height: 40)
        let boxes = [
            Box(x: .nan, y: 0, width: 5, height: 5), Box(x: 0, y: 0, width: .infinity, height: 5),
            Box(x: 5, y: 5, width: 0, height: 9), Box(x: 5, y: 5, width: -4, height: 9),
            Box(x: 500, y: 500, width: 10, height: 10),
        ]
        #expect(image.annotated(with: boxes.map { LabeledBox(box: $0, label: "x", color: .white) }) == image)
        for box in [
            Box(x: -1e30, y: -1e30, width: 2e30, height: 2e30), Box(x: 59.9, y: 39.9, width: 0.05, height: 0.05),
        ] {
            for label in ["", "a", String(repeating: "long ", count: 1000), "漢字 🙂\n\t", "ÀÉÎÕÜ"] {
                let drawn = image.annotated(with: [LabeledBox(box: box, label: label, color: .white)])
                #expect(drawn != image)
            }
        }
        for style in LabeledBox.Style.allCases {
            let one = Image(width: 1, height: 1, format: .gray)
            let box = LabeledBox(box: Box(x: 0, y: 0, width: 1, height: 1), label: "all", color: .white, style: style)
            #expect(one.annotated(with: [box]).format == .rgb)
        }
    }

    /// Every printable character of ASCII and every letter of Latin-1 has a shape of its own.
    @Test func lettersAreDrawn() {
        func drawn(_ text: String) -> Image {
            var image = Image(width: 60, height: 60)
            image.draw(text: text, x: 15, y: 20, height: 20, color: .white)
            return image
        }
        // No character of Unicode, which no font has.
        let missing = drawn("\u{10FFFE}")
        #expect(Self.changed(Image(width: 60, height: 60), missing) != nil)
        var seen: [Image: Character] = [:]
        for code in Array(33...126) + Array(0xC0...0xFF) {
            let character = Character(Unicode.Scalar(UInt32(code))!)
            let image = drawn(String(character))
            #expect(image != missing, "\(character)")
            #expect(seen.updateValue(character, forKey: image) == nil, "\(character)")
        }
        // Those of Greek and Cyrillic, which may look like Latin ones.
        let letters =
            "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
            + "абвгдеёжзийклмнопрстуфхцчшщъыьэюяҐґЄєІіЇїЎўЂђЉљЊњЋћЏџЃѓЌќЈјӘәҒғҚқҢңӨөҰұҮүҺһ"
        for letter in letters {
            #expect(drawn(String(letter)) != missing && TextMask.canWrite(String(letter)), "\(letter)")
        }
        #expect(drawn("Ж") != drawn("Х") && drawn("И") != drawn("Й") && drawn("Σ") != drawn("Ξ"))
        #expect(drawn("А") == drawn("A") && drawn("ο") == drawn("o"))
        for text in ["漢字", "خلية", "कोशिका", "cell 细胞"] { #expect(!TextMask.canWrite(text, fonts: .none)) }
        #expect(drawn(" ") == Image(width: 60, height: 60))
        #expect(drawn("e\u{301}") == drawn("é"))
    }

    /// What nothing can draw is told apart by its number, and the letter under a mark that is missing is seen.
    @Test func lettersThatNothingHasAreNumbers() throws {
        func mask(_ text: String) -> TextMask { TextMask(text, unit: 4, fonts: .none) }
        func ink(_ text: String) -> [Float] { mask(text).coverage }
        for text in ["漢", "خ", "क", "🩸", "\u{303}"] {
            #expect(ink(text).count { $0 > 0.5 } > 300, "\(text)")
            #expect(mask(text).width > 50, "\(text)")
        }
        #expect(ink("漢") != ink("字") && ink("漢") == ink("漢\u{FE0F}"))
        // 6F22 and 6F23 are alike but for the last of four digits, 1FA78 has six with a zero before them.
        #expect(mask("\u{6F22}").width == mask("\u{6F23}").width && mask("🩸").width > mask("漢").width + 15)
        let (one, other) = (mask("\u{6F22}"), mask("\u{6F23}"))
        let changed = one.coverage.indices.filter { abs(one.coverage[$0] - other.coverage[$0]) > 0.1 }
        #expect(changed.allSatisfy { $0 % one.width > one.width / 2 && $0 / one.width > one.height / 3 })
        #expect(changed.count > 10)
        // A "q" under a tilde that the typeface lacks: its number, 0303, stands behind it.
        let (plain, marked) = (mask("q"), mask("q\u{303}"))
        #expect(marked.width > plain.width + 40)
        let rows = min(plain.height, marked.height)
        for row in 0..<rows {
            let (a, b) = (plain.baseline - 1 - row, marked.baseline - 1 - row)
            guard a >= 0, b >= 0 else { break }
            let width = plain.width - 4
            let pairs = zip(
                plain.coverage[a * plain.width..<a * plain.width + width],
                marked.coverage[b * marked.width..<b * marked.width + width])
            #expect(pairs.allSatisfy { abs($0 - $1) < 0.001 }, "\(row)")
        }
        #expect(mask("\u{200B}").width < 15)
    }

    /// A name that cannot be written is a number, and it is said once which.
    @Test func namesThatCannotBeWrittenAreNumbers() {
        let painter = BoxPainter(names: ["细胞", "клетка", "خلية"], numbers: [1, 2, 7], fonts: .none)
        let box = Box(x: 0, y: 0, width: 9, height: 9)
        #expect(painter.annotation(box, name: "细胞", isCrowd: false).label == "class 1")
        #expect(painter.detection(Detection(box: box, score: 0.5, categoryID: 7), name: "خلية").label == "class 7 0.50")
        #expect(painter.annotation(box, name: "клетка", isCrowd: false).label == "клетка")
        #expect(painter.notice?.hasPrefix("2 of 3 class names have letters") == true)
        #expect(painter.notice?.contains("'class 1' for 细胞, 'class 7' for خلية") == true)
        #expect(BoxPainter(names: ["cell"], numbers: [1]).notice == nil)
    }

    /// A line of its ground's colour is surrounded by one of another; on other grounds by a thin shadow.
    @Test func aLineIsSeenOnItsOwnColour() {
        for color in [Color(0xF0E442), Color(0x2F6BFF), Color(0x00809C)] {
            var image = Image(width: 640, height: 480, filledWith: color)
            image.draw(box: Box(x: 100, y: 80, width: 200, height: 120), color: color)
            // The line covers 99 and 100; the pixel beside it is nearly black or white, whichever differs more.
            let beside = Self.pixel(image, 98, 140), expected = color.contrasting
            #expect(abs(Int(beside.green) - Int(expected.green)) < 40, "\(color) \(beside)")
            #expect(Self.pixel(image, 99, 140) == color)
        }
        var other = Image(width: 640, height: 480, filledWith: .white)
        other.draw(box: Box(x: 100, y: 80, width: 200, height: 120), color: Self.red)
        // White under a shadow of 0.45.
        #expect(Self.pixel(other, 98, 140).green == 140)
    }

    @Test func drawingIsDeterministic() {
        let image = Fixture.picture(width: 200, height: 150)
        let boxes = (0..<30).map {
            LabeledBox(
                box: Box(x: Double($0 * 37 % 150), y: Double($0 * 53 % 110), width: 40, height: 30),
                label: "object \($0)",
                color: .forClass($0), style: LabeledBox.Style.allCases[$0 % 3])
        }
        #expect(image.annotated(with: boxes) == image.annotated(with: boxes))
    }
}

extension Double {
    /// sRGB's curve above its linear part.
    fileprivate static func pow(_ value: Double) -> Double {
        let base = (value + 0.055) / 1.055
        // x^2.4 = x² · x^(2/5), the fifth root by Newton's method.
        var root = 0.7
        let square = base * base
        for _ in 0..<60 { root -= (root * root * root * root * root - square) / (5 * root * root * root * root) }
        return square * root
    }
}
