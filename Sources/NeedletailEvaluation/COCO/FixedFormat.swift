import NeedletailPlatform

/// A number with a fixed count of decimals, rounded as C and Python round it.
package func formatFixed(_ value: Double, digits: Int) -> String {
    withVaList([Int32(digits), value]) { arguments in
        var buffer = [CChar](repeating: 0, count: 400)
        vsnprintf(&buffer, buffer.count, "%.*f", arguments)
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// Text filled up with spaces: on the right to a positive width, on the left to a negative one.
func padded(_ text: String, to width: Int) -> String {
    let space = String(repeating: " ", count: max(abs(width) - text.count, 0))
    return width < 0 ? space + text : text + space
}
