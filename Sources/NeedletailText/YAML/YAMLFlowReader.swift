/// Reads lists and maps in brackets, and scalars.
struct YAMLFlowReader {
    private let characters: [Character]
    private var next = 0
    private var depth = 0

    package init(_ text: String) {
        characters = Array(text)
    }

    /// Whether the last reading failed because the text ended.
    var isIncomplete: Bool { next >= characters.count }

    package var isAtEnd: Bool { characters[min(next, characters.count)...].allSatisfy { $0 == " " || $0 == "\t" } }

    /// The next value; nil when the text ends in it or is not YAML.
    package mutating func read() -> YAMLValue? {
        skipSpaces()
        guard next < characters.count else { return nil }
        switch characters[next] {
        case "[":
            return readCollection(closing: "]") { reader in reader.read().map { YAMLEntry(key: "", value: $0) } }
                .map { .list($0.map(\.value)) }
        case "{":
            return readCollection(closing: "}") { reader in
                guard let key = reader.readScalar(isKey: true) else { return nil }
                reader.skipSpaces()
                guard reader.next < reader.characters.count, reader.characters[reader.next] == ":" else { return nil }
                reader.next += 1
                return reader.read().map { YAMLEntry(key: key, value: $0) }
            }.map { .map($0) }
        default: return readScalar(isKey: false).map { .scalar($0) }
        }
    }

    private mutating func readCollection(
        closing: Character, _ readElement: (inout YAMLFlowReader) -> YAMLEntry?
    ) -> [YAMLEntry]? {
        guard depth < 32 else { return nil }
        depth += 1
        defer { depth -= 1 }
        next += 1
        var entries: [YAMLEntry] = []
        while true {
            skipSpaces()
            guard next < characters.count else { return nil }
            if characters[next] == closing {
                next += 1
                return entries
            }
            guard let entry = readElement(&self) else { return nil }
            entries.append(entry)
            skipSpaces()
            guard next < characters.count else { return nil }
            if characters[next] == "," {
                next += 1
            } else if characters[next] != closing {
                return nil
            }
        }
    }

    private mutating func readScalar(isKey: Bool) -> String? {
        skipSpaces()
        guard next < characters.count else { return nil }
        if characters[next] == "\"" || characters[next] == "'" { return readQuoted() }
        let start = next
        while next < characters.count, !",]}".contains(characters[next]) {
            let isColon = characters[next] == ":"
            let endsKey = next + 1 == characters.count || " ,]}".contains(characters[next + 1])
            if isColon, isKey || endsKey { break }
            next += 1
        }
        return String(characters[start..<next]).trimmingSpaces()
    }

    private mutating func readQuoted() -> String? {
        let quote = characters[next]
        next += 1
        var text = ""
        while next < characters.count {
            let character = characters[next]
            next += 1
            if character == quote {
                // In single quotes two of them stand for one.
                guard quote == "'", next < characters.count, characters[next] == "'" else { return text }
                next += 1
                text.append(quote)
            } else if character == "\\", quote == "\"" {
                guard let escaped = readEscape() else { return nil }
                text.unicodeScalars.append(escaped)
            } else {
                text.append(character)
            }
        }
        return nil
    }

    private mutating func readEscape() -> Unicode.Scalar? {
        guard next < characters.count else { return nil }
        let character = characters[next]
        next += 1
        switch character {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "0": return "\0"
        case "x": return readHexadecimal(2)
        case "u": return readHexadecimal(4)
        case "U": return readHexadecimal(8)
        default: return character.unicodeScalars.first
        }
    }

    private mutating func readHexadecimal(_ count: Int) -> Unicode.Scalar? {
        guard next + count <= characters.count else { return nil }
        defer { next += count }
        return UInt32(String(characters[next..<next + count]), radix: 16).flatMap(Unicode.Scalar.init)
    }

    private mutating func skipSpaces() {
        while next < characters.count, characters[next] == " " || characters[next] == "\t" { next += 1 }
    }

    /// The value of a whole text that is one scalar; nil when a quote in it is not closed.
    package static func scalar(_ text: String) -> String? {
        guard let first = text.first, first == "\"" || first == "'" else { return text }
        var reader = YAMLFlowReader(text)
        guard let value = reader.readQuoted(), reader.isAtEnd else { return nil }
        return value
    }
}
