import NeedletailSystem

/// The pieces of JSON text that the writers append to their output.
extension ByteBuffer {
    package mutating func appendInteger(_ value: Int) {
        if value < 0 { append(UInt8(ascii: "-")) }
        var magnitude = value.magnitude
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { buffer in
            var index = buffer.count
            repeat {
                index -= 1
                let (quotient, digit) = magnitude.quotientAndRemainder(dividingBy: 10)
                buffer[index] = UInt8(0x30 + digit)
                magnitude = quotient
            } while magnitude != 0
            append(UnsafeBufferPointer(rebasing: buffer.bindMemory(to: UInt8.self)[index...]))
        }
    }

    /// The shortest text that reads back as the same double; whole numbers without a point, `null` for what
    /// JSON cannot say.
    package mutating func appendDouble(_ value: Double) {
        guard value.isFinite else {
            append("null")
            return
        }
        if value.magnitude < 9_007_199_254_740_992, value == value.rounded(.towardZero) {
            if value == 0, value.sign == .minus { append("-0.0") } else { appendInteger(Int(value)) }
            return
        }
        // Hundredths, what most annotation tools write, need no search for the shortest text: with so few
        // digits the decimal text is the shortest if it reads back as the value, which the division checks.
        let hundredths = (value.magnitude * 100).rounded()
        if hundredths < 1e13, hundredths / 100 == value.magnitude {
            if value < 0 { append(UInt8(ascii: "-")) }
            let (whole, fraction) = Int(hundredths).quotientAndRemainder(dividingBy: 100)
            appendInteger(whole)
            append(UInt8(ascii: "."))
            append(UInt8(0x30 + fraction / 10))
            if fraction % 10 != 0 { append(UInt8(0x30 + fraction % 10)) }
            return
        }
        append(text: value.description)
    }

    /// A JSON string; only what must be escaped is.
    package mutating func appendString(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            append(UInt8(ascii: "\""))
            var start = 0
            for index in bytes.indices {
                let byte = bytes[index]
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
                append(UnsafeBufferPointer(rebasing: bytes[start..<index]))
                start = index + 1
                switch byte {
                case UInt8(ascii: "\""): append("\\\"")
                case UInt8(ascii: "\\"): append("\\\\")
                case 0x0A: append("\\n")
                case 0x0D: append("\\r")
                case 0x09: append("\\t")
                default:
                    append("\\u00")
                    append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
                    append(lowercaseHexadecimal.utf8Start[Int(byte & 0xF)])
                }
            }
            append(UnsafeBufferPointer(rebasing: bytes[start...]))
            append(UInt8(ascii: "\""))
        }
    }

    /// The number that a text writes, as it is written, when JSON has it so; otherwise the text.
    package mutating func appendNumberOrString(_ text: String) {
        var copy = text
        let isNumber = copy.withUTF8 { bytes in
            var json = JSONReader(UnsafeRawBufferPointer(bytes))
            return (try? json.readNumber()) != nil && json.offset == bytes.count
        }
        if isNumber { append(text: text) } else { appendString(text) }
    }
}

private let lowercaseHexadecimal: StaticString = "0123456789abcdef"

extension JSONText {
    /// A text in quotes, with what must be escaped escaped.
    package static func quoted(_ text: String) -> String {
        var buffer = ByteBuffer(growingFrom: text.utf8.count + 16)
        buffer.appendString(text)
        return String(decoding: buffer.bytes, as: UTF8.self)
    }
}
