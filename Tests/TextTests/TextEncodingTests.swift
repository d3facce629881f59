import NeedletailSystem
import NeedletailText
import Testing

/// Texts in other encodings. Their bytes are written out, so that they do not depend on the converter.
@Suite struct TextEncodingTests {
    private func decoded(_ bytes: [UInt8], as kind: TextKind = .plain) throws -> String {
        let source = try ByteSource(synthetic: bytes, path: "folder/a.txt").decoded(as: kind)
        return try #require(String(validating: source.text, as: UTF8.self))
    }

    private func failure(_ bytes: [UInt8], as kind: TextKind = .plain) -> TextError? {
        do {
            _ = try ByteSource(synthetic: bytes, path: "folder/a b.txt").decoded(as: kind)
            return nil
        } catch { return error }
    }

    private func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func textInUTF8StaysWhereItLies() throws {
        let source = ByteSource(synthetic: ascii("猫 cat"), path: "a.txt")
        #expect(try source.decoded(as: .plain) === source)
        #expect(try source.decoded(as: .json) === source)
    }

    /// "猫a" is U+732B, U+0061.
    @Test(arguments: [
        [0xFF, 0xFE, 0x2B, 0x73, 0x61, 0x00], [0xFE, 0xFF, 0x73, 0x2B, 0x00, 0x61],
        [0xFF, 0xFE, 0x00, 0x00, 0x2B, 0x73, 0x00, 0x00, 0x61, 0x00, 0x00, 0x00],
        [0x00, 0x00, 0xFE, 0xFF, 0x00, 0x00, 0x73, 0x2B, 0x00, 0x00, 0x00, 0x61],
    ]) func wideTextIsKnownByItsMark(_ bytes: [UInt8]) throws {
        #expect(try decoded(bytes) == "猫a")
        #expect(try decoded(bytes, as: .json) == "猫a")
    }

    @Test func wideTextWithoutAMarkIsKnownByItsZeros() throws {
        #expect(try decoded([0x61, 0, 0x62, 0, 0x2B, 0x73]) == "ab猫")
        #expect(try decoded([0, 0x61, 0, 0x62, 0x73, 0x2B]) == "ab猫")
    }

    @Test func wideTextThatIsCutOffIsAnError() {
        // Half a surrogate pair, and half a unit.
        #expect(failure([0xFF, 0xFE, 0x61, 0x00, 0x3D, 0xD8])?.problem.contains("UTF-16LE") == true)
        #expect(failure([0xFF, 0xFE, 0x61, 0x00, 0x62])?.offset == 4)
    }

    @Test(arguments: [[0, 1, 2, 3], [0x10, 0, 0, 0, 0, 0, 0, 0]]) func binaryFilesAreNoText(_ bytes: [UInt8]) {
        #expect(failure(bytes)?.problem.contains("binary") == true)
    }

    /// Each a few words with line ends between them.
    @Test(arguments: [
        // 左转, 安全帽
        ("GB18030", [0xD7, 0xF3, 0xD7, 0xAA, 0x0A, 0xB0, 0xB2, 0xC8, 0xAB, 0xC3, 0xB1]),
        // 犬, ネコ科
        ("CP932", [0x8C, 0xA2, 0x0A, 0x83, 0x6C, 0x83, 0x52, 0x89, 0xC8]),
        // 고양이 자동차 안전모
        (
            "CP949",
            [
                0xB0, 0xED, 0xBE, 0xE7, 0xC0, 0xCC, 0x20, 0xC0, 0xDA, 0xB5, 0xBF, 0xC2, 0xF7, 0x20, 0xBE, 0xC8, 0xC0,
                0xFC, 0xB8, 0xF0,
            ]
        ),
        // 汽車, 左轉
        ("BIG5", [0xA8, 0x54, 0xA8, 0xAE, 0x0A, 0xA5, 0xAA, 0xC2, 0xE0]),
        // кошка, Собака
        ("WINDOWS-1251", [0xEA, 0xEE, 0xF8, 0xEA, 0xE0, 0x0A, 0xD1, 0xEE, 0xE1, 0xE0, 0xEA, 0xE0]),
        // Straße, voilà
        ("WINDOWS-1252", [0x53, 0x74, 0x72, 0x61, 0xDF, 0x65, 0x0A, 0x76, 0x6F, 0x69, 0x6C, 0xE0]),
    ]) func likelyEncodings(_ name: String, _ bytes: [UInt8]) throws {
        let error = try #require(failure(ascii("one\ntwo ") + bytes))
        #expect(error.line == 2)
        #expect(error.problem.contains("not UTF-8, but probably \(name)"), "\(error.problem)")
        #expect("\(error.remedy)".contains("`iconv -f \(name) -t UTF-8 'folder/a b.txt' > 'folder/a b-utf8.txt'`"))
    }

    private func xml(_ encoding: String, _ bytes: [UInt8]) -> [UInt8] {
        ascii("<?xml version=\"1.0\" encoding='\(encoding)'?><a>") + bytes + ascii("</a>")
    }

    /// What files call GB2312 and Shift_JIS is more than the standards of these names.
    @Test(arguments: [
        ("gb2312", [0xE9, 0x46], "镕"), ("GBK", [0xD7, 0xF3, 0xD7, 0xAA], "左转"),
        ("Shift_JIS", [0x83, 0x6C, 0x83, 0x52, 0x87, 0x40], "ネコ①"), ("windows-1251", [0xEA, 0xEE, 0xF8], "кош"),
        ("ISO-8859-1", [0x93, 0xDF, 0x94], "“ß”"), ("iso-8859-2", [0xE8], "č"), ("windows-1252", [0xE9], "é"),
        ("big5", [0xA8, 0x54, 0xA8, 0xAE], "汽車"), ("euc-kr", [0xB0, 0xED], "고"),
    ]) func statedEncodings(_ name: String, _ bytes: [UInt8], _ text: String) throws {
        #expect(try decoded(xml(name, bytes), as: .xml).hasSuffix("<a>\(text)</a>"))
    }

    /// Files that were saved anew and kept their first line.
    @Test(arguments: ["utf-16", "GBK", "windows-1251", "UTF-8", "utf8", "Unicode"])
    func textThatIsUTF8InSpiteOfWhatItStates(_ name: String) throws {
        #expect(try decoded(xml(name, ascii("猫科")), as: .xml).hasSuffix("<a>猫科</a>"))
    }

    @Test func statedEncodingsThatDoNotHold() {
        #expect(failure(xml("klingon", [0xE9]), as: .xml)?.problem.contains("klingon") == true)
        // No character begins with FF in any of them; options of the converter are no encodings.
        let wrong = failure(xml("GBK", [0xFF, 0xFF]), as: .xml)
        #expect(wrong?.problem.contains("GBK, which the file states") == true)
        #expect(failure(xml("GBK//IGNORE", [0xD7, 0xF3]), as: .xml)?.problem.contains("not known") == true)
        let other = failure(xml("UTF-8", [0xD7, 0xF3, 0xD7, 0xAA]), as: .xml)
        #expect(other?.problem.contains("probably GB18030") == true)
    }

    /// The first byte that is wrong: a lone continuation, an overlong form, a surrogate, beyond the last, cut off.
    @Test(arguments: [[0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE7, 0x8C]])
    func firstInvalidByte(_ bytes: [UInt8]) {
        let text = ascii("0123456789 猫 é 𝄞 ") + bytes
        let place = text.withUnsafeBytes { UTF8Text.firstInvalid(in: $0) }
        #expect(place == text.count - bytes.count)
        #expect(ascii("0123456789 猫 é 𝄞").withUnsafeBytes { UTF8Text.firstInvalid(in: $0) } == nil)
    }
}
