import CExpat
import Testing

/// The elements of a page, read by an XML parser of its own.
struct ParsedPage {
    struct Element {
        var name: String
        var attributes: [String: String]
        /// Everything written inside, in elements within it too.
        var text = ""
    }

    private(set) var elements: [Element] = []
    private(set) var error: String?

    init(_ html: String) {
        final class State {
            var elements: [Element] = []
            var open: [Int] = []
        }
        let state = State()
        let parser = XML_ParserCreate("UTF-8")
        defer { XML_ParserFree(parser) }
        XML_SetUserData(parser, Unmanaged.passUnretained(state).toOpaque())
        XML_SetElementHandler(
            parser,
            { data, name, attributes in
                guard let data, let name else { return }
                let state = Unmanaged<State>.fromOpaque(data).takeUnretainedValue()
                var values: [String: String] = [:]
                var next = attributes
                while let pointer = next, let key = pointer[0], let value = pointer[1] {
                    values[String(cString: key)] = String(cString: value)
                    next = pointer + 2
                }
                state.open.append(state.elements.count)
                state.elements.append(Element(name: String(cString: name), attributes: values))
            },
            { data, _ in
                guard let data else { return }
                Unmanaged<State>.fromOpaque(data).takeUnretainedValue().open.removeLast()
            })
        XML_SetCharacterDataHandler(parser) { data, text, count in
            guard let data, let text else { return }
            let state = Unmanaged<State>.fromOpaque(data).takeUnretainedValue()
            let bytes = UnsafeRawBufferPointer(start: text, count: Int(count))
            for index in state.open { state.elements[index].text += String(decoding: bytes, as: UTF8.self) }
        }
        var copy = html
        let status = copy.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { XML_Parse(parser, $0.baseAddress, Int32($0.count), 1) }
        }
        if status != XML_STATUS_OK {
            error =
                "line \(XML_GetCurrentLineNumber(parser)): \(String(cString: XML_ErrorString(XML_GetErrorCode(parser))))"
        }
        elements = state.elements
    }

    func elements(_ name: String, class kind: String? = nil) -> [Element] {
        elements.filter { element in
            element.name == name
                && (kind.map { element.attributes["class"]?.split(separator: " ").contains(Substring($0)) ?? false }
                    ?? true)
        }
    }
}

/// Checks what must hold of every page.
@discardableResult
func expectWellFormed(_ html: String) throws -> ParsedPage {
    let page = ParsedPage(html)
    #expect(page.error == nil)
    #expect(html.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
    let ids = page.elements.compactMap { $0.attributes["id"] }
    #expect(Set(ids).count == ids.count)
    for element in page.elements {
        if let label = element.attributes["aria-labelledby"] { #expect(ids.contains(label)) }
        // The page loads nothing: the only addresses in it are pictures of its own.
        #expect(element.attributes["src"] == nil)
        if let address = element.attributes["href"] { #expect(address.hasPrefix("data:image/jpeg;base64,")) }
        for value in element.attributes.values { #expect(!value.contains("http://") && !value.contains("https://")) }
        if element.attributes["role"] == "img" { #expect(element.attributes["aria-label"]?.isEmpty == false) }
    }
    #expect(page.elements("link").isEmpty && page.elements("script").count == 1)
    #expect(page.elements("meta").contains { $0.attributes["name"] == "viewport" })
    return page
}
