/// The little JSON that a safetensors header needs.
///
/// A general parser would lose the order of the keys and accept a name twice; the format forbids the second, and
/// readers that disagree on which of two entries counts can be deceived.
struct JSONText {
    private var reader: ByteReader
    private static let maximumDepth = 32

    init(_ bytes: UnsafeRawBufferPointer) { reader = ByteReader(bytes) }

    var isAtEnd: Bool { reader.remaining == 0 }

    /// `text` in quotes, escaped.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    // MARK: Reading

    mutating func skipSpace() throws {
        while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { _ = try reader.byte() }
    }

    private var peek: UInt8? { reader.remaining > 0 ? reader.bytes[reader.position] : nil }

    /// Takes `character`, after any space.
    mutating func expect(_ character: Unicode.Scalar) throws {
        try skipSpace()
        guard peek == UInt8(ascii: character) else { throw malformed("'\(character)' is due") }
        _ = try reader.byte()
    }

    /// Takes `character` if it comes next.
    mutating func accept(_ character: Unicode.Scalar) throws -> Bool {
        try skipSpace()
        guard peek == UInt8(ascii: character) else { return false }
        _ = try reader.byte()
        return true
    }

    /// Calls `body` at each value of an object, which it must take.
    mutating func object(_ body: (inout JSONText, String) throws -> Void) throws {
        try expect("{")
        if try accept("}") { return }
        repeat {
            let key = try string()
            try expect(":")
            try body(&self, key)
        } while try accept(",")
        try expect("}")
    }

    /// Calls `body` at each element of an array, which it must take.
    mutating func array(_ body: (inout JSONText) throws -> Void) throws {
        try expect("[")
        if try accept("]") { return }
        repeat { try body(&self) } while try accept(",")
        try expect("]")
    }

    /// A whole number that is not negative.
    mutating func count() throws -> Int {
        try skipSpace()
        let start = reader.position
        var value = 0
        while let byte = peek, (0x30...0x39).contains(byte) {
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, tooFar) = product.addingReportingOverflow(Int(byte - 0x30))
            guard !tooLarge, !tooFar else { throw malformed("a number is too large") }
            value = sum
            _ = try reader.byte()
        }
        let length = reader.position - start
        guard length > 0, length == 1 || reader.bytes[start] != 0x30 else { throw malformed("a whole number is due") }
        if let byte = peek, byte == 0x2e || byte | 0x20 == 0x65 { throw malformed("a whole number is due") }
        return value
    }

    mutating func string() throws -> String {
        try expect("\"")
        var bytes: [UInt8] = []
        while true {
            let byte = try reader.byte()
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: bytes, as: UTF8.self) else { throw malformed("text is not UTF-8") }
                return text
            case UInt8(ascii: "\\"): try bytes.append(contentsOf: escape())
            case 0..<0x20: throw malformed("a control character stands in text")
            default: bytes.append(byte)
            }
        }
    }

    private mutating func escape() throws -> [UInt8] {
        switch try reader.byte() {
        case UInt8(ascii: "\""): return [0x22]
        case UInt8(ascii: "\\"): return [0x5c]
        case UInt8(ascii: "/"): return [0x2f]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            var code = UInt32(try hexadecimal())
            if (0xd800..<0xdc00).contains(code) {
                guard try reader.byte() == UInt8(ascii: "\\"), try reader.byte() == UInt8(ascii: "u") else {
                    throw malformed("half a character stands in text")
                }
                let low = UInt32(try hexadecimal())
                guard (0xdc00..<0xe000).contains(low) else { throw malformed("half a character stands in text") }
                code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw malformed("half a character stands in text") }
            return Array(String(Character(scalar)).utf8)
        default: throw malformed("an unknown escape stands in text")
        }
    }

    private mutating func hexadecimal() throws -> UInt16 {
        let digits = try reader.take(4)
        guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw malformed("an unknown escape stands in text") }
        return value
    }

    /// Takes any value and forgets it.
    mutating func skipValue(depth: Int = 0) throws {
        guard depth < Self.maximumDepth else { throw malformed("values are nested too deeply") }
        try skipSpace()
        switch peek {
        case UInt8(ascii: "{"): try object { text, _ in try text.skipValue(depth: depth + 1) }
        case UInt8(ascii: "["): try array { text in try text.skipValue(depth: depth + 1) }
        case UInt8(ascii: "\""): _ = try string()
        default:
            let start = reader.position
            while let byte = peek, isLiteral(byte) { _ = try reader.byte() }
            guard reader.position > start else { throw malformed("a value is due") }
        }
    }

    private func isLiteral(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }

    func malformed(_ detail: String) -> CheckpointError.Reason {
        .malformed(detail: "\(detail) at byte \(reader.position) of the header")
    }
}
