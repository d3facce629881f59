import NeedletailSystem

/// The pieces of XML text that the writers append to their output.
extension ByteBuffer {
    /// Text of an element or an attribute in double quotes, with what must be escaped escaped.
    ///
    /// Control characters that XML cannot hold are left out.
    package mutating func appendXML(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): append("&amp;")
            case UInt8(ascii: "<"): append("&lt;")
            case UInt8(ascii: ">"): append("&gt;")
            case UInt8(ascii: "\""): append("&quot;")
            case 0x0A: append("&#10;")
            case 0x0D: append("&#13;")
            case 0x09: append("&#9;")
            case 0..<0x20: continue
            default: append(byte)
            }
        }
    }

    /// `<name>text</name>` and a line's end.
    package mutating func appendElement(_ name: StaticString, indent: StaticString = "\t", _ text: String) {
        openElement(name, indent: indent)
        appendXML(text)
        closeElement(name)
    }

    package mutating func appendElement(_ name: StaticString, indent: StaticString = "\t", _ value: Double) {
        openElement(name, indent: indent)
        appendDouble(value)
        closeElement(name)
    }

    private mutating func openElement(_ name: StaticString, indent: StaticString) {
        append(indent)
        append("<")
        append(name)
        append(">")
    }

    private mutating func closeElement(_ name: StaticString) {
        append("</")
        append(name)
        append(">\n")
    }

    /// ` name="text"`.
    package mutating func appendAttribute(_ name: StaticString, _ text: String) {
        append(" ")
        append(name)
        append("=\"")
        appendXML(text)
        append("\"")
    }

    package mutating func appendAttribute(_ name: StaticString, _ value: Double) {
        append(" ")
        append(name)
        append("=\"")
        appendDouble(value)
        append("\"")
    }
}
