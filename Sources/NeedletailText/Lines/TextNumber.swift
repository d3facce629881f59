/// Numbers in text files, which allow more than JSON does: `.5`, `+1`, `5.`.
package enum TextNumber {
    /// The value of a text that is one number; nil when it is something else or not finite.
    package static func double(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
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
