import NeedletailSystem

/// An element that no column exists for, kept as a small tree.
package struct XMLElement: Sendable {
    package var name: String
    package var attributes: [(name: String, value: String)] = []
    /// The text, when there are no elements inside.
    package var text = ""
    package var children: [XMLElement] = []

    /// The element as JSON: its text, or an object of what is inside, attributes under `@` and their name.
    ///
    /// A number that JSON writes alike becomes one. Elements of one name become a list.
    package func appendJSON(to buffer: inout ByteBuffer) {
        guard !children.isEmpty || !attributes.isEmpty else { return buffer.appendNumberOrString(text) }
        buffer.append("{")
        var isFirst = true
        func appendKey(_ key: String, to buffer: inout ByteBuffer) {
            if !isFirst { buffer.append(",") }
            isFirst = false
            buffer.appendString(key)
            buffer.append(":")
        }
        for attribute in attributes {
            appendKey("@\(attribute.name)", to: &buffer)
            buffer.appendNumberOrString(attribute.value)
        }
        if children.isEmpty, !text.isEmpty {
            appendKey("#text", to: &buffer)
            buffer.appendNumberOrString(text)
        }
        for (place, child) in children.enumerated() {
            let alike = children.filter { $0.name == child.name }
            guard alike.count > 1 else {
                appendKey(child.name, to: &buffer)
                child.appendJSON(to: &buffer)
                continue
            }
            guard children.firstIndex(where: { $0.name == child.name }) == place else { continue }
            appendKey(child.name, to: &buffer)
            Self.appendJSON(alike, to: &buffer)
        }
        buffer.append("}")
    }

    package static func appendJSON(_ elements: [XMLElement], to buffer: inout ByteBuffer) {
        buffer.append("[")
        for (place, element) in elements.enumerated() {
            if place > 0 { buffer.append(",") }
            element.appendJSON(to: &buffer)
        }
        buffer.append("]")
    }
}

/// Gathers an element with all that is in it.
package final class XMLElementCollector {
    private var open: [XMLElement] = []

    package init() {}

    package var isCollecting: Bool { !open.isEmpty }

    package func begin(_ name: String, _ attributes: XMLDocumentReader.Attributes) {
        open.append(XMLElement(name: name, attributes: attributes.all))
    }

    /// Returns the outermost element once it ends.
    package func end(_ text: String) -> XMLElement? {
        var element = open.removeLast()
        if element.children.isEmpty { element.text = text }
        guard open.isEmpty else {
            open[open.count - 1].children.append(element)
            return nil
        }
        return element
    }
}

extension ByteBuffer {
    /// A JSON value as XML elements of a name, the reverse of ``XMLElement/appendJSON(to:)``.
    package mutating func appendElements(_ name: String, _ json: inout JSONReader, indent: String) throws(JSONError) {
        switch try json.peek() {
        case .array:
            try json.beginArray()
            while try json.nextElement() { try appendElements(name, &json, indent: indent) }
        case .object: try appendElement(name, ofObject: &json, indent: indent)
        default:
            append(text: "\(indent)<\(name)>")
            appendXML(try json.scalarText())
            append(text: "</\(name)>\n")
        }
    }

    private mutating func appendElement(
        _ name: String, ofObject json: inout JSONReader, indent: String
    ) throws(JSONError) {
        append(text: "\(indent)<\(name)")
        try json.beginObject()
        var isOpen = true
        var hasText = false
        while let key = try json.nextKey() {
            let key = key.string
            if key.hasPrefix("@"), isOpen {
                append(text: " \(key.dropFirst())=\"")
                appendXML(try json.scalarText())
                append("\"")
                continue
            }
            if isOpen { append(key == "#text" ? ">" : ">\n") }
            isOpen = false
            if key == "#text" {
                hasText = true
                appendXML(try json.scalarText())
            } else {
                try appendElements(key, &json, indent: indent + "\t")
            }
        }
        if isOpen { append(">") }
        append(text: "\(hasText || isOpen ? "" : indent)</\(name)>\n")
    }
}

extension JSONReader {
    /// The next value as text: a string's content, anything else as it is written, nothing for `null`.
    package mutating func scalarText() throws(JSONError) -> String {
        switch try peek() {
        case .string: return try readString()
        case .null:
            _ = try readNull()
            return ""
        default:
            let range = try skipValue()
            return String(
                decoding: UnsafeBufferPointer(start: base + range.lowerBound, count: range.count), as: UTF8.self)
        }
    }
}
