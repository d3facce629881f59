import NeedletailEvaluation

/// Text of a page under construction: well-formed XML that is valid HTML as well.
///
/// Elements nest by closures, so that none stays open, and all text and attribute values are escaped.
package struct Markup {
    package typealias Attributes = KeyValuePairs<String, String>

    package private(set) var text = ""

    package mutating func element(_ name: String, _ attributes: Attributes = [:], _ content: (inout Markup) -> Void) {
        open(name, attributes)
        text += ">"
        content(&self)
        text += "</\(name)>"
    }

    package mutating func element(_ name: String, _ attributes: Attributes, _ content: String) {
        element(name, attributes) { $0.write(content) }
    }

    package mutating func element(_ name: String, _ content: String) {
        element(name, [:], content)
    }

    /// An element without content: of HTML's own only those that never have any (`meta`, `br`).
    package mutating func empty(_ name: String, _ attributes: Attributes = [:]) {
        open(name, attributes)
        text += "/>"
    }

    package mutating func write(_ content: String) {
        text += Self.escaped(content)
    }

    /// Writes text in which the names of options are not broken into lines.
    package mutating func writeProse(_ content: String) {
        for (place, word) in content.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
            if place > 0 { write(" ") }
            if word.hasPrefix("--") { element("span", ["class": "word"], String(word)) } else { write(String(word)) }
        }
    }

    /// Adds text of our own that is markup already.
    package mutating func raw(_ markup: StaticString) {
        text += "\(markup)"
    }

    private mutating func open(_ name: String, _ attributes: Attributes) {
        text += "<\(name)"
        for (key, value) in attributes { text += " \(key)=\"\(Self.escaped(value))\"" }
    }

    /// Text with the characters of markup written as references. Characters that XML does not allow, and those that
    /// turn the direction of the text after them, become U+FFFD.
    static func escaped(_ content: String) -> String {
        var result = ""
        result.reserveCapacity(content.utf8.count)
        for scalar in content.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\t", "\n", "\r": result += " "
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}",
                "\u{FFFE}", "\u{FFFF}":
                result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension Double {
    /// With a fixed number of digits after the point.
    func fixed(_ digits: Int) -> String { formatFixed(self, digits: digits) }

    /// As a share, in whole percent.
    var percent: String { formatFixed(self * 100, digits: 0) + "%" }
}
