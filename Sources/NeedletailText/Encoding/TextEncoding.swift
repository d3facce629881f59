/// The encodings that a text file tells of by itself.
enum TextEncoding: Equatable {
    /// With so many bytes of a mark before the text.
    case utf8(mark: Int)
    /// Another one, by the name that the system's converter has for it.
    case other(name: String, mark: Int)

    /// By the mark at the start, or by the zeros that every second byte of plain letters is in UTF-16.
    init(ofStart head: UnsafeRawBufferPointer) {
        let marks: [(bytes: [UInt8], name: String)] = [
            ([0xFF, 0xFE, 0, 0], "UTF-32LE"), ([0, 0, 0xFE, 0xFF], "UTF-32BE"), ([0xFF, 0xFE], "UTF-16LE"),
            ([0xFE, 0xFF], "UTF-16BE"),
        ]
        if head.starts(with: [0xEF, 0xBB, 0xBF]) {
            self = .utf8(mark: 3)
        } else if let mark = marks.first(where: { head.starts(with: $0.bytes) }) {
            self = .other(name: mark.name, mark: mark.bytes.count)
        } else if head.count >= 4, head[1] == 0, head[3] == 0, Self.isPlain(head[0]), Self.isPlain(head[2]) {
            self = .other(name: "UTF-16LE", mark: 0)
        } else if head.count >= 4, head[0] == 0, head[2] == 0, Self.isPlain(head[1]), Self.isPlain(head[3]) {
            self = .other(name: "UTF-16BE", mark: 0)
        } else {
            self = .utf8(mark: 0)
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte) || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    /// The encoding that an XML declaration states; nil when there is none, or it states UTF-8.
    ///
    /// A text of single bytes that calls itself UTF-16 is one that was saved anew, in UTF-8.
    static func stated(inXML head: UnsafeRawBufferPointer) -> String? {
        let bytes = Array(head.prefix(512))
        guard bytes.starts(with: Array("<?xml".utf8)), let end = bytes.firstIndex(of: UInt8(ascii: ">")) else {
            return nil
        }
        // What is beyond ASCII is of no interest here.
        let declaration = String(bytes[..<end].map { Character(UnicodeScalar($0 < 0x80 ? $0 : 0x20)) })
        guard let key = declaration.firstRange(of: "encoding") else { return nil }
        let value = declaration[key.upperBound...].drop { $0 == " " || $0 == "\t" || $0 == "=" }
        guard let quote = value.first, quote == "\"" || quote == "'" else { return nil }
        let name = String(value.dropFirst().prefix { $0 != quote })
        let plain = name.lowercased().filter { $0.isLetter || $0.isNumber }
        let isUnicode = ["utf", "ucs", "unicode"].contains { plain.hasPrefix($0) }
        return name.isEmpty || isUnicode || plain == "usascii" || plain == "ascii" ? nil : name
    }

    /// Whether characters beyond ASCII are two bytes in an encoding, as in those for Chinese, Japanese and Korean.
    static func isDoubleByte(_ name: String) -> Bool {
        ["GB18030", "CP932", "CP949", "BIG5-HKSCS"].contains(converterNames(for: name)[0])
    }

    /// The converter's names for an encoding, the best first: the one that holds all that files under this name hold.
    static func converterNames(for name: String) -> [String] {
        let plain = name.lowercased().filter { $0.isLetter || $0.isNumber }
        switch plain {
        case "gb2312", "gbk", "cp936", "windows936", "ms936", "xgbk", "euccn", "gb231280": return ["GB18030", name]
        case "shiftjis", "sjis", "xsjis", "mskanji", "windows31j", "cp932", "ms932": return ["CP932", "SHIFT_JIS"]
        case "euckr", "ksc56011987", "ksc5601", "cp949", "windows949", "ms949", "uhc": return ["CP949", "EUC-KR"]
        case "big5", "cp950", "windows950", "big5hkscs": return ["BIG5-HKSCS", "BIG5"]
        case "iso88591", "latin1", "l1": return ["WINDOWS-1252", "ISO-8859-1"]
        default: return plain.hasPrefix("windows12") ? [name, "CP" + plain.dropFirst(7)] : [name]
        }
    }
}
