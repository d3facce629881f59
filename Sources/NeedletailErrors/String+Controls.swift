extension String {
    /// The text with characters that would move a terminal's cursor, change its colours or turn the direction of what is
    /// written shown as escapes, `\u{1B}`: names in files are other people's.
    ///
    /// - Parameter keepsLines: Whether ends of lines and tabs are left as they are.
    package func showingControls(keepsLines: Bool = false) -> String {
        guard unicodeScalars.contains(where: { Self.isControl($0, keepsLines: keepsLines) }) else { return self }
        var shown = ""
        for scalar in unicodeScalars {
            if Self.isControl(scalar, keepsLines: keepsLines) {
                shown += scalar == "\n" ? "\\n" : "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    private static func isControl(_ scalar: Unicode.Scalar, keepsLines: Bool) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: !keepsLines
        case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

extension Collection where Element: StringProtocol {
    /// The first few names for a line of a message, with `...` where there are more; ends of lines in them are shown as
    /// escapes.
    package func listed(_ most: Int = 8) -> String {
        prefix(most).map { String($0).showingControls() }.joined(separator: ", ") + (count > most ? ", ..." : "")
    }
}
