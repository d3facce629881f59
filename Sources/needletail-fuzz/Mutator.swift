import NeedletailRandom

/// Makes inputs of others: the same of the same seed.
///
/// Bits turned, bytes set, repeated, moved and taken out; numbers and words put in from a list of those that parsers have
/// fallen over; parts of two inputs joined.
struct Mutator {
    private var stream: RandomStream

    /// Bytes that an input may have.
    static let limit = 1 << 16

    private static let numbers = [
        "0", "-0", "-1", "1", "255", "256", "65535", "65536", "2147483647", "2147483648", "4294967295", "4294967296",
        "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "18446744073709551615", "18446744073709551616", "1e20", "-1e20", "1e308", "-1e999422", "1e999422", "1e-320",
        "NaN", "nan", "inf", "-Infinity", "0x1p3", "1.5", ".5", "+1", "1_000", "٣", "1e", "--1",
        String(repeating: "9", count: 400), "0." + String(repeating: "0", count: 400) + "1",
    ]

    private static let words = [
        "", "\0", "\n", "\r\n", "\t", "\"", "'", "\\", "\\u0000", "\\ud800", "{", "}", "[", "]", "[[", "{\"a\":", ",",
        ":",
        "<", ">", "</a>", "<!--", "&lt;", "&#0;", "<![CDATA[", "null", "true", "..", "/", "../../a", "file:///", "%00",
        "*a",
        "&a ", "- ", "|", "#", "\u{FEFF}", "\u{202E}", "\u{1B}[31m", "é", "😀", String(repeating: "[", count: 600),
        String(repeating: "{\"a\":", count: 300), String(repeating: "(", count: 300),
        String(repeating: "a", count: 5000),
    ]

    private static let integers: [UInt64] = [
        0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000,
        0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0xFFFF_FFFF_FFFF_FFFF,
    ]

    init(seed: UInt64, entry: String, round: Int) { stream = RandomStream(seed: seed, name: "\(entry) \(round)") }

    private mutating func below(_ bound: Int) -> Int { bound < 1 ? 0 : Int(stream.next() % UInt64(bound)) }

    private mutating func range(in bytes: [UInt8]) -> Range<Int> {
        let start = below(bytes.count + 1)
        // Short ones more often than long.
        return start..<start + below(min(bytes.count - start, 1 << below(10)) + 1)
    }

    /// One of many inputs, changed in one to eight ways.
    mutating func input(from corpus: [[UInt8]], words: [String]) -> [UInt8] {
        guard !corpus.isEmpty else { return (0..<below(64)).map { _ in UInt8(truncatingIfNeeded: stream.next()) } }
        var bytes = corpus[below(corpus.count)]
        for _ in 0...below(1 + below(8)) { change(&bytes, corpus, words) }
        return Array(bytes.prefix(Self.limit))
    }

    private mutating func change(_ bytes: inout [UInt8], _ corpus: [[UInt8]], _ words: [String]) {
        let place = below(bytes.count)
        switch below(17) {
        case 0 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8(below(8))
        case 1 where !bytes.isEmpty: bytes[place] = UInt8(truncatingIfNeeded: stream.next())
        case 2: bytes.removeSubrange(range(in: bytes))
        case 3:
            let part = Array(bytes[range(in: bytes)])
            bytes.insert(contentsOf: part, at: place)
        case 4: bytes.replaceSubrange(range(in: bytes), with: Self.words[below(Self.words.count)].utf8)
        case 5: bytes.insert(contentsOf: Self.words[below(Self.words.count)].utf8, at: place)
        case 6 where !words.isEmpty: bytes.replaceSubrange(range(in: bytes), with: words[below(words.count)].utf8)
        case 7: setInteger(&bytes, at: place)
        case 8:
            let other = corpus[below(corpus.count)]
            bytes = Array(bytes.prefix(place)) + other.dropFirst(below(other.count))
        case 9: bytes = Array(bytes.prefix(place))
        case 10:
            let byte = UInt8(truncatingIfNeeded: stream.next())
            bytes.insert(contentsOf: repeatElement(byte, count: 1 << below(11)), at: place)
        case 14...16: replaceToken(&bytes, corpus)
        default: replaceNumber(&bytes, near: place)
        }
    }

    /// Puts a word or number of this or another input in the place of one: what stands between signs stays what it is, in
    /// the metadata of a file as in its text.
    private mutating func replaceToken(_ bytes: inout [UInt8], _ corpus: [[UInt8]]) {
        guard let old = token(of: bytes) else { return }
        let other = below(4) == 0 ? corpus[below(corpus.count)] : bytes
        guard let new = token(of: other) else { return }
        bytes.replaceSubrange(old, with: other[new])
    }

    /// Where letters, digits and points stand together, near some place.
    private mutating func token(of bytes: [UInt8]) -> Range<Int>? {
        func isPart(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || [0x2E, 0x5F].contains(byte)
                || byte >= 0x80
        }
        let place = below(bytes.count)
        guard let start = bytes[place...].firstIndex(where: isPart) else { return nil }
        let first = bytes[..<start].lastIndex { !isPart($0) }.map { $0 + 1 } ?? 0
        return first..<(bytes[start...].firstIndex { !isPart($0) } ?? bytes.count)
    }

    /// Puts a number in the place of one that is written in digits.
    private mutating func replaceNumber(_ bytes: inout [UInt8], near place: Int) {
        func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 <= 9 }
        guard let start = bytes[place...].firstIndex(where: isDigit) else { return setInteger(&bytes, at: place) }
        let end = bytes[start...].firstIndex { !isDigit($0) && $0 != UInt8(ascii: ".") } ?? bytes.count
        bytes.replaceSubrange(start..<end, with: Self.numbers[below(Self.numbers.count)].utf8)
    }

    /// Puts a number of one to eight bytes over what is there, either end first.
    private mutating func setInteger(_ bytes: inout [UInt8], at place: Int) {
        let value = Self.integers[below(Self.integers.count)], count = 1 << below(4)
        let isLittleEndian = below(2) == 0
        for index in 0..<min(count, bytes.count - place) {
            let shift = UInt64(8 * (isLittleEndian ? index : count - 1 - index))
            bytes[place + index] = UInt8(truncatingIfNeeded: value >> shift)
        }
    }
}
