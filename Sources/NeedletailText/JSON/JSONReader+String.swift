import NeedletailPlatform

/// The text between the quotes of a JSON string, as it stands in the file.
public struct JSONText {
    public let bytes: UnsafeBufferPointer<UInt8>
    public let hasEscapes: Bool

    /// The bytes between the quotes, escapes not resolved.
    public var raw: UnsafeBufferPointer<UInt8> { bytes }

    /// The text with its escapes resolved.
    public var string: String {
        guard hasEscapes else { return String(decoding: bytes, as: UTF8.self) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            guard byte == UInt8(ascii: "\\") else {
                decoded.append(byte)
                index += 1
                continue
            }
            index += 2
            switch bytes[index - 1] {
            case UInt8(ascii: "b"): decoded.append(0x08)
            case UInt8(ascii: "f"): decoded.append(0x0C)
            case UInt8(ascii: "n"): decoded.append(0x0A)
            case UInt8(ascii: "r"): decoded.append(0x0D)
            case UInt8(ascii: "t"): decoded.append(0x09)
            case UInt8(ascii: "u"):
                var scalar = hexadecimal(at: index)
                index += 4
                if scalar & 0xFC00 == 0xD800 {
                    scalar = 0x10000 + (scalar & 0x3FF) << 10 + hexadecimal(at: index + 2) & 0x3FF
                    index += 6
                }
                decoded.append(contentsOf: String(UnicodeScalar(scalar) ?? "\u{FFFD}").utf8)
            case let other: decoded.append(other)
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private func hexadecimal(at index: Int) -> UInt32 {
        (index..<index + 4).reduce(0) { $0 << 4 | UInt32(hexadecimalDigit(bytes[$1]) ?? 0) }
    }

    /// Whether the text, its escapes resolved, is `other`.
    @inlinable @inline(__always)
    public func equals(_ other: StaticString) -> Bool {
        guard !hasEscapes else { return string == "\(other)" }
        let count = other.utf8CodeUnitCount
        guard count == bytes.count, let start = bytes.baseAddress else { return count == bytes.count }
        return memcmp(start, other.utf8Start, count) == 0
    }

    /// Whether the text, its escapes resolved, is `other`.
    public func isEqual(to other: String) -> Bool {
        // Beyond ASCII, texts of different bytes may be equal.
        guard hasEscapes || bytes.contains(where: { $0 >= 0x80 }) else { return bytes.elementsEqual(other.utf8) }
        return string == other
    }
}

@inline(__always)
public func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
}

extension JSONReader {
    public mutating func readText() throws(JSONError) -> JSONText {
        let kind = try peek()
        guard kind == .string else { throw wrongType("a text", kind) }
        return try scanString()
    }

    public mutating func readString() throws(JSONError) -> String {
        try readText().string
    }

    /// Passes a string, from its opening to beyond its closing quote, checking UTF-8 and escapes.
    public mutating func scanString() throws(JSONError) -> JSONText {
        cursor += 1
        let start = cursor
        var hasEscapes = false
        while true {
            // Eight bytes at a time while none is a quote, a backslash, a control character or beyond ASCII.
            while limit - cursor >= 8 {
                let special = specialBytes(UnsafeRawPointer(cursor).loadUnaligned(as: UInt64.self).littleEndian)
                if special != 0 {
                    cursor += special.trailingZeroBitCount >> 3
                    break
                }
                cursor += 8
            }
            guard cursor < limit else { throw error(.endOfText) }
            switch cursor.pointee {
            case UInt8(ascii: "\""):
                let bytes = UnsafeBufferPointer(start: start, count: cursor - start)
                cursor += 1
                return JSONText(bytes: bytes, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try passEscape()
            case 0..<0x20: throw error(.controlCharacterInString)
            case 0x80...: try passMultibyte()
            default: cursor += 1
            }
        }
    }

    /// The high bit of each byte that ends the fast run. Borrows between bytes can raise a false alarm only
    /// in bytes above a true one, and the lowest alone is used.
    @inline(__always)
    private func specialBytes(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let found = (quote &- ones) | (backslash &- ones) | (word &- ones &* 0x20) | word
        return found & (ones &* 0x80)
    }

    private mutating func passEscape() throws(JSONError) {
        guard limit - cursor >= 2 else { throw error(.endOfText) }
        switch cursor[1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            cursor += 2
        case UInt8(ascii: "u"):
            let first = try readUnicodeEscape()
            switch first & 0xFC00 {
            case 0xD800:
                guard limit - cursor >= 2 else { throw error(.endOfText) }
                guard cursor[0] == UInt8(ascii: "\\"), cursor[1] == UInt8(ascii: "u") else {
                    throw error(.loneSurrogate)
                }
                guard try readUnicodeEscape() & 0xFC00 == 0xDC00 else { throw error(.loneSurrogate) }
            case 0xDC00: throw error(.loneSurrogate)
            default: break
            }
        default: throw error(.invalidEscape)
        }
    }

    private mutating func readUnicodeEscape() throws(JSONError) -> UInt32 {
        guard limit - cursor >= 6 else { throw error(.endOfText) }
        var value: UInt32 = 0
        for index in 2..<6 {
            guard let digit = hexadecimalDigit(cursor[index]) else { throw error(.invalidEscape) }
            value = value << 4 | UInt32(digit)
        }
        cursor += 6
        return value
    }

    /// Passes one character of two to four bytes.
    private mutating func passMultibyte() throws(JSONError) {
        switch UTF8Text.sequence(at: cursor, limit: limit) {
        case .character(let length): cursor += length
        case .invalid: throw error(.invalidUTF8)
        case .cutOff: throw error(.endOfText)
        }
    }
}
