/// Numbers in text files, which allow more than JSON does: `.5`, `+1`, `5.`.
package enum TextNumber {
    /// The value of a text that is one number; nil when it is something else or not finite.
    package static func double(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        if let value = plain(text) { return value }
        var json = JSONReader(UnsafeRawBufferPointer(text))
        if let number = try? json.readNumber(), json.offset == text.count { return number.double }
        guard text.count <= 400 else { return nil }
        var string = String(decoding: text, as: UTF8.self)
        if string.hasPrefix("+") { string.removeFirst() }
        guard let value = Double(string), value.isFinite, !string.contains("x"), !string.contains("X") else {
            return nil
        }
        return value
    }

    /// The value of at most fifteen digits and a point, which a double holds exactly, so that one division rounds them as
    /// they should be; nil for everything else.
    private static func plain(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        guard text.count <= 15 else { return nil }
        var digits: UInt64 = 0
        var point: Int?
        for (place, byte) in text.enumerated() {
            if byte &- 0x30 <= 9 {
                digits = digits * 10 + UInt64(byte &- 0x30)
            } else if byte == UInt8(ascii: "."), point == nil, text.count > 1 {
                point = place
            } else {
                return nil
            }
        }
        guard !text.isEmpty else { return nil }
        return Double(digits) / exactPowersOfTen[point.map { text.count - 1 - $0 } ?? 0]
    }

    package static func double(_ text: String) -> Double? {
        var text = text
        return text.withUTF8 { double($0) }
    }

    /// The value of a text that is one whole number, also when it is written `3.0`.
    package static func integer(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
        var json = JSONReader(UnsafeRawBufferPointer(text))
        guard let number = try? json.readNumber(), json.offset == text.count else { return nil }
        return number.integer
    }
}
