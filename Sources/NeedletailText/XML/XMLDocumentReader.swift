import CExpat
import NeedletailSystem

/// Goes through an XML file with expat and tells its elements one after the other.
///
/// Entities are refused: a few lines of nested ones can expand to gigabytes, and annotations have no use for any.
/// The text is UTF-8 by then, whatever its declaration states.
package final class XMLDocumentReader {
    /// The attributes of an element that begins.
    package struct Attributes {
        fileprivate let pairs: UnsafeMutablePointer<UnsafePointer<XML_Char>?>?

        package subscript(name: String) -> String? {
            var place = 0
            while let pairs, let key = pairs[place], let value = pairs[place + 1] {
                if String(cString: key) == name { return String(cString: value) }
                place += 2
            }
            return nil
        }

        /// All of them, in the order of the file.
        package var all: [(name: String, value: String)] {
            var all: [(String, String)] = []
            while let pairs, let key = pairs[all.count * 2], let value = pairs[all.count * 2 + 1] {
                all.append((String(cString: key), String(cString: value)))
            }
            return all
        }
    }

    /// Something that is wrong with the file at the place that was reached.
    package struct Problem: Error {
        package let problem: String
        package let remedy: Remedy

        package init(problem: String, remedy: Remedy) {
            self.problem = problem
            self.remedy = remedy
        }
    }

    /// The names of the open elements, outermost first.
    package private(set) var path: [String] = []
    /// How errors call the record in progress.
    package var recordName: String?
    private let parser: XML_Parser
    private let source: ByteSource
    private let begin: (XMLDocumentReader, Attributes) throws -> Void
    private let end: (XMLDocumentReader) throws -> Void
    private var text: [UInt8] = []
    private var failure: (any Error)?

    /// The longest text of an element that is kept.
    private static let textLimit = 1 << 20
    private static let depthLimit = 64

    /// - Parameters:
    ///   - source: As it was decoded.
    ///   - begin: Called when an element begins, its name the last of ``path``.
    ///   - end: Called when an element ends, with ``path`` still naming it and ``value`` its text.
    /// - Throws: ``TextError`` when the file is not well-formed; what one of the closures throws.
    package static func read(
        _ source: ByteSource, begin: @escaping (XMLDocumentReader, Attributes) throws -> Void,
        end: @escaping (XMLDocumentReader) throws -> Void
    ) throws {
        guard let parser = XML_ParserCreate("UTF-8") else {
            throw TextError(problem: "the XML parser could not be set up", remedy: "Free some memory")
        }
        defer { XML_ParserFree(parser) }
        let reader = XMLDocumentReader(parser: parser, source: source, begin: begin, end: end)
        try withExtendedLifetime(reader) { try reader.parse() }
    }

    private init(
        parser: XML_Parser, source: ByteSource, begin: @escaping (XMLDocumentReader, Attributes) throws -> Void,
        end: @escaping (XMLDocumentReader) throws -> Void
    ) {
        self.parser = parser
        self.source = source
        self.begin = begin
        self.end = end
        XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
        XML_SetElementHandler(
            parser, { XMLDocumentReader.of($0)?.beginElement($1, Attributes(pairs: $2)) },
            { context, _ in XMLDocumentReader.of(context)?.endElement() })
        XML_SetCharacterDataHandler(parser) { XMLDocumentReader.of($0)?.append($1, count: Int($2)) }
        XML_SetEntityDeclHandler(parser) { context, _, _, _, _, _, _, _, _ in
            XMLDocumentReader.of(context)?.stop(
                Problem(problem: "the file declares entities", remedy: "Remove the DOCTYPE"))
        }
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> XMLDocumentReader? {
        context.map { Unmanaged<XMLDocumentReader>.fromOpaque($0).takeUnretainedValue() }
    }

    private func parse() throws {
        var offset = 0
        var status = XML_STATUS_OK
        repeat {
            let count = min(source.bytes.count - offset, 1 << 26)
            let isLast = offset + count == source.bytes.count
            let start = source.bytes.baseAddress.map { $0 + offset }
            status = XML_Parse(
                parser, start?.assumingMemoryBound(to: CChar.self), Int32(count), isLast ? 1 : 0)
            offset += count
        } while status == XML_STATUS_OK && offset < source.bytes.count
        guard status != XML_STATUS_OK else { return }
        let line = Int(XML_GetCurrentLineNumber(parser))
        let place = Int(XML_GetCurrentByteIndex(parser))
        switch failure {
        case let problem as Problem:
            throw TextError(
                isSyntax: false, record: recordName, line: line, offset: place, problem: problem.problem,
                remedy: problem.remedy)
        case let failure?: throw failure
        case nil:
            let message = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "unknown error"
            throw TextError(
                record: recordName, line: line, offset: place, problem: "not well-formed XML: \(message)",
                remedy: "Export or copy the file again, or correct it at that byte")
        }
    }

    /// The line that was reached, from 1.
    package var line: Int { Int(XML_GetCurrentLineNumber(parser)) }

    /// The text of the element that ends, without white space around it.
    package var value: String {
        let trimmed = text.drop { $0 <= 0x20 }
        let end = trimmed.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? trimmed.startIndex
        return String(decoding: trimmed[trimmed.startIndex..<end], as: UTF8.self)
    }

    /// The text of the element that ends as a number.
    package func number() throws -> Double { try number(value, named: path.last ?? "") }

    package func number(_ text: String, named name: String) throws -> Double {
        if let number = TextNumber.double(text) { return number }
        throw Problem(
            problem: text.isEmpty ? "\(name) is empty" : "\(name) is \"\(text.prefix(40))\", not a number",
            remedy: "Write a number there")
    }

    // MARK: Events

    private func stop(_ error: any Error) {
        failure = failure ?? error
        XML_StopParser(parser, 0)
    }

    private func beginElement(_ name: UnsafePointer<XML_Char>?, _ attributes: Attributes) {
        guard failure == nil, let name else { return }
        guard path.count < Self.depthLimit else {
            return stop(Problem(problem: "elements are nested too deep", remedy: "Check the file"))
        }
        path.append(String(cString: name))
        text.removeAll(keepingCapacity: true)
        do { try begin(self, attributes) } catch { stop(error) }
    }

    private func append(_ bytes: UnsafePointer<XML_Char>?, count: Int) {
        guard let bytes, failure == nil, text.count + count <= Self.textLimit else { return }
        bytes.withMemoryRebound(to: UInt8.self, capacity: count) {
            text.append(contentsOf: UnsafeBufferPointer(start: $0, count: count))
        }
    }

    private func endElement() {
        guard failure == nil, !path.isEmpty else { return }
        do { try end(self) } catch { return stop(error) }
        path.removeLast()
        text.removeAll(keepingCapacity: true)
    }
}
