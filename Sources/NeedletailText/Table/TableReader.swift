import NeedletailSystem

/// Reads a table of comma-separated values (RFC 4180), or with semicolons or tabs between them.
package struct TableReader: Sequence, IteratorProtocol {
    package struct Field {
        /// Without quotes around it.
        package let bytes: UnsafeBufferPointer<UInt8>
        /// Whether quotes inside are doubled.
        let isQuoted: Bool

        package var string: String {
            let text = String(decoding: content, as: UTF8.self)
            guard isQuoted, bytes.contains(0x22) else { return text }
            var halved = ""
            var wasQuote = false
            for character in text.unicodeScalars {
                wasQuote = character == "\"" && !wasQuote
                if !wasQuote || character != "\"" { halved.unicodeScalars.append(character) }
            }
            return halved
        }

        package var isEmpty: Bool { bytes.allSatisfy { $0 <= 0x20 } }

        /// The number in the field; nil when it is none.
        package var double: Double? { TextNumber.double(content) }

        /// Without the spaces around it, which count in quotes alone.
        package var content: UnsafeBufferPointer<UInt8> {
            guard !isQuoted, let first = bytes.first, let last = bytes.last, first <= 0x20 || last <= 0x20
            else { return bytes }
            let start = bytes.firstIndex { $0 > 0x20 } ?? bytes.endIndex
            let end = bytes.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? start
            return UnsafeBufferPointer(rebasing: bytes[start..<end])
        }

        /// Whether the same is written in both.
        package func isWritten(as other: Field) -> Bool {
            isQuoted == other.isQuoted && bytes.elementsEqual(other.bytes)
        }
    }

    package struct Row {
        package var fields: [Field] = []
        /// Of its first field, from 1.
        package var line = 0

        package init() {}
    }

    private let text: UnsafeBufferPointer<UInt8>
    private let separator: UInt8
    private var offset: Int
    private var line = 1
    /// The fields are valid as long as this lives.
    private let source: ByteSource

    package init(_ source: ByteSource) {
        self.source = source
        text = source.text
        offset = source.text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let head = text[offset...].prefix { $0 != 0x0A }
        let counts = [UInt8(ascii: ","), UInt8(ascii: ";"), 0x09].map { candidate in
            (candidate, head.count { $0 == candidate })
        }
        separator = counts.max { $0.1 < $1.1 }?.0 ?? UInt8(ascii: ",")
    }

    /// The next row that is not empty.
    package mutating func next() -> Row? {
        var row = Row()
        return next(into: &row) ? row : nil
    }

    /// The next row in the memory of an earlier one; false when there is none.
    package mutating func next(into row: inout Row) -> Bool {
        while offset < text.count {
            row.line = line
            row.fields.removeAll(keepingCapacity: true)
            var isLast = false
            while !isLast { row.fields.append(readField(&isLast)) }
            if row.fields.count > 1 || !row.fields[0].isEmpty { return true }
        }
        return false
    }

    /// - Parameter isLast: Set when the row ends behind the field.
    private mutating func readField(_ isLast: inout Bool) -> Field {
        var position = offset
        let isQuoted = position < text.count && text[position] == 0x22
        if isQuoted { position += 1 }
        let start = position
        var end = position
        if isQuoted {
            while position < text.count {
                if text[position] == 0x0A { line += 1 }
                if text[position] == 0x22 {
                    guard position + 1 < text.count, text[position + 1] == 0x22 else { break }
                    position += 1
                }
                position += 1
            }
            end = position
        }
        while position < text.count, text[position] != separator, text[position] != 0x0A { position += 1 }
        if !isQuoted { end = position }
        isLast = position >= text.count || text[position] == 0x0A
        if isLast {
            line += 1
            if !isQuoted, end > start, text[end - 1] == 0x0D { end -= 1 }
        }
        offset = position + 1
        return Field(bytes: UnsafeBufferPointer(rebasing: text[start..<end]), isQuoted: isQuoted)
    }
}

extension ByteBuffer {
    /// A field of a table, in quotes where it must be.
    package mutating func appendField(_ text: String) {
        let needsQuotes =
            text.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
            || text.utf8.first.map { $0 <= 0x20 } ?? false || text.utf8.last.map { $0 <= 0x20 } ?? false
        guard needsQuotes else { return append(text: text) }
        append("\"")
        for byte in text.utf8 {
            if byte == 0x22 { append("\"") }
            append(byte)
        }
        append("\"")
    }
}
