/// Texts as YAML files hold them.
package enum YAMLText {
    /// A text in double quotes: as JSON has it, but that YAML allows fewer characters to stand for themselves.
    package static func quoted(_ text: String) -> String {
        var quoted = ""
        for scalar in JSONText.quoted(text).unicodeScalars {
            switch scalar.value {
            case 0x7F...0x9F, 0x2028...0x2029, 0xFEFF, 0xFFFE...0xFFFF:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted
    }
}
