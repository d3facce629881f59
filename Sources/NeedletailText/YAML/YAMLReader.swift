import NeedletailSystem

/// Reads the part of YAML that configuration files of datasets are written in.
///
/// Maps and lists by indentation, lists and maps in brackets also over several lines, plain and quoted scalars, block
/// scalars, comments. Anchors, tags and several documents are refused. What a value means is left to the caller:
/// every scalar is a text.
package struct YAMLReader {
    private var lines: [Line] = []
    private var next = 0

    private struct Line {
        var indent: Int
        /// Without indentation and comment.
        var text: String
        /// As it stands, for block scalars.
        var raw: String
        var number: Int
    }

    private static let depthLimit = 32

    /// - Throws: ``TextError`` with the line where the text is no such YAML.
    package static func read(_ source: ByteSource) throws(TextError) -> YAMLValue {
        var reader = YAMLReader(source)
        guard reader.next < reader.lines.count else { return .map([]) }
        let value = try reader.readBlock(indent: reader.lines[reader.next].indent, depth: 0)
        if reader.next < reader.lines.count { throw reader.failure("this line is indented as no other") }
        return value
    }

    private init(_ source: ByteSource) {
        for line in TextLines(source) {
            let raw = line.string
            let body = Self.withoutComment(raw)
            let text = body.trimmingSpaces()
            let indent = raw.prefix { $0 == " " }.count
            if line.number == 1, text.hasPrefix("%") || text == "---" { continue }
            if text == "---", lines.isEmpty { continue }
            lines.append(Line(indent: indent, text: text, raw: raw, number: line.number))
        }
        skipEmpty()
    }

    private static func withoutComment(_ line: String) -> String {
        var quote: Character?
        var previous: Character = " "
        for index in line.indices {
            let character = line[index]
            if let open = quote {
                if character == open, previous != "\\" || open == "'" { quote = nil }
            } else if character == "#", previous == " " || previous == "\t" {
                return String(line[..<index])
            } else if character == "\"" || character == "'", " \t:,[{-".contains(previous) {
                quote = character
            }
            previous = character
        }
        return line
    }

    private mutating func skipEmpty() {
        while next < lines.count, lines[next].text.isEmpty { next += 1 }
    }

    private func failure(_ problem: String) -> TextError {
        TextError(
            line: lines.isEmpty ? 1 : lines[min(next, lines.count - 1)].number, problem: problem,
            remedy: "Write it as plain YAML: keys with values, lists and maps")
    }

    // MARK: Blocks

    private mutating func readBlock(indent: Int, depth: Int) throws(TextError) -> YAMLValue {
        guard depth < Self.depthLimit else { throw failure("values are nested too deep") }
        let isList = lines[next].text == "-" || lines[next].text.hasPrefix("- ")
        return isList ? try readList(indent: indent, depth: depth) : try readMap(indent: indent, depth: depth)
    }

    private mutating func readList(indent: Int, depth: Int) throws(TextError) -> YAMLValue {
        var values: [YAMLValue] = []
        while next < lines.count, lines[next].indent == indent,
            lines[next].text == "-" || lines[next].text.hasPrefix("- ")
        {
            let line = lines[next]
            let rest = line.text.dropFirst()
            let text = String(rest).trimmingSpaces()
            let inner = indent + 1 + rest.prefix { $0 == " " }.count
            if text.isEmpty {
                next += 1
                values.append(try readNested(below: indent, depth: depth))
            } else if Self.splitKey(text) != nil || text.hasPrefix("- ") {
                // A map or list that begins behind the dash.
                lines[next].indent = inner
                lines[next].text = text
                values.append(try readBlock(indent: inner, depth: depth + 1))
            } else {
                values.append(try readInline(text, below: indent, depth: depth))
            }
            skipEmpty()
        }
        return .list(values)
    }

    private mutating func readMap(indent: Int, depth: Int) throws(TextError) -> YAMLValue {
        var entries: [YAMLEntry] = []
        while next < lines.count, lines[next].indent == indent {
            let line = lines[next]
            guard let (key, rest) = Self.splitKey(line.text) else {
                throw failure("a key with a colon should stand here")
            }
            let value: YAMLValue
            if rest.isEmpty {
                next += 1
                value = try readNested(below: indent, isInMap: true, depth: depth)
            } else {
                value = try readInline(rest, below: indent, depth: depth)
            }
            entries.append(YAMLEntry(key: try scalar(key), value: value))
            skipEmpty()
        }
        return .map(entries)
    }

    /// What stands below a key or dash without a value beside it; nothing is the empty text.
    private mutating func readNested(
        below indent: Int, isInMap: Bool = false, depth: Int
    ) throws(TextError) -> YAMLValue {
        skipEmpty()
        guard next < lines.count else { return .scalar("") }
        let line = lines[next]
        // The dashes of a list may stand right below their key.
        let isListBelowKey = isInMap && line.indent == indent && (line.text == "-" || line.text.hasPrefix("- "))
        guard line.indent > indent || isListBelowKey else { return .scalar("") }
        if Self.splitKey(line.text) == nil, !line.text.hasPrefix("-") {
            return try readInline(line.text, below: indent, depth: depth)
        }
        return try readBlock(indent: line.indent, depth: depth + 1)
    }

    /// A value that begins in the line at hand, which `text` is the rest of.
    private mutating func readInline(_ text: String, below indent: Int, depth: Int) throws(TextError) -> YAMLValue {
        switch text.first {
        case "&", "*", "!": throw failure("anchors, aliases and tags are not read")
        case "|", ">": return readBlockScalar(below: indent)
        case "[", "{":
            var whole = text
            var flow = YAMLFlowReader(whole)
            while true {
                if let value = flow.read() {
                    guard flow.isAtEnd else { throw failure("there is text behind the closing bracket") }
                    next += 1
                    return value
                }
                guard flow.isIncomplete, next + 1 < lines.count, whole.utf8.count < 1 << 22 else {
                    throw failure("a bracket is not closed, or what is in it is not separated by commas")
                }
                next += 1
                whole += " " + lines[next].text
                flow = YAMLFlowReader(whole)
            }
        default:
            let value = try scalar(text)
            next += 1
            return .scalar(value)
        }
    }

    private mutating func readBlockScalar(below indent: Int) -> YAMLValue {
        let isFolded = lines[next].text.contains(">")
        next += 1
        var parts: [String] = []
        while next < lines.count, lines[next].text.isEmpty || lines[next].indent > indent {
            parts.append(lines[next].raw.trimmingSpaces())
            next += 1
        }
        return .scalar(parts.joined(separator: isFolded ? " " : "\n"))
    }

    // MARK: Scalars

    private func scalar(_ text: String) throws(TextError) -> String {
        guard let value = YAMLFlowReader.scalar(text) else { throw failure("a quote is not closed") }
        return value
    }

    /// The key of a line and what follows its colon; nil when the line is no entry of a map.
    private static func splitKey(_ text: String) -> (key: String, rest: String)? {
        guard let first = text.first, first != "[", first != "{" else { return nil }
        var start = text.startIndex
        if first == "\"" || first == "'" {
            guard let close = text.dropFirst().firstIndex(of: first) else { return nil }
            start = text.index(after: close)
        }
        var index = start
        while let colon = text[index...].firstIndex(of: ":") {
            let after = text.index(after: colon)
            if after == text.endIndex || text[after] == " " || text[after] == "\t" {
                return (String(text[..<colon]).trimmingSpaces(), String(text[after...]).trimmingSpaces())
            }
            index = after
        }
        return nil
    }
}
