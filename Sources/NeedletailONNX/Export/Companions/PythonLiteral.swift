/// A text as Python writes it: in quotes, with backslashes before what would end it.
func pythonLiteral(_ text: String) -> String {
    var literal = "'"
    for scalar in text.unicodeScalars {
        switch scalar {
        case "'", "\\": literal += "\\\(scalar)"
        case "\n": literal += "\\n"
        case "\r": literal += "\\r"
        case "\t": literal += "\\t"
        case _
        where scalar.value < 32 || (127..<160).contains(scalar.value)
            || (0x2028...0x2029).contains(scalar.value):
            let digits = String(scalar.value, radix: 16)
            literal += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: literal.unicodeScalars.append(scalar)
        }
    }
    return literal + "'"
}

/// A number from 0 to 1 with all its digits.
func pythonLiteral(_ color: SIMD3<Float>) -> String { "(\(color.x), \(color.y), \(color.z))" }
