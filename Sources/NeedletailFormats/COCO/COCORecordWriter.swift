import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// Writes one record: what has a column from there, the rest as it stands in the source.
///
/// A record of which nothing changed is copied as a whole. Otherwise its members are written in their own
/// order, each copied if its value is still the same, so that numbers keep the form they were written in.
struct COCORecordWriter {
    private let sources: [ByteSource]
    private var releasedUpTo: [Int]

    init(sources: [ByteSource]) {
        self.sources = sources
        releasedUpTo = sources.map { _ in 0 }
    }

    mutating func write(_ fields: [COCOField], origin: RecordOrigin, to buffer: inout ByteBuffer) throws {
        guard !origin.isNone else {
            buffer.append("{")
            var isFirst = true
            appendFields(fields, exceptThose: 0, &isFirst, to: &buffer)
            buffer.append("}")
            return
        }
        let source = sources[origin.source]
        var json = reader(source, at: origin.offset)
        if source.isSynthetic {
            buffer.append("{")
            var isFirst = true
            appendFields(fields, exceptThose: 0, &isFirst, to: &buffer)
            _ = try appendMembers(&json, of: source, fields: fields, keepsFields: false, &isFirst, to: &buffer)
            buffer.append("}")
            return
        }
        if try isUnchanged(&json, fields) {
            let end = json.offset
            buffer.append(UnsafeBufferPointer(rebasing: source.text[origin.offset..<end]))
        } else {
            json = reader(source, at: origin.offset)
            buffer.append("{")
            var isFirst = true
            let seen = try appendMembers(&json, of: source, fields: fields, keepsFields: true, &isFirst, to: &buffer)
            appendFields(fields, exceptThose: seen, &isFirst, to: &buffer)
            buffer.append("}")
        }
        release(origin.source, upTo: json.offset)
    }

    /// Copies one value, with `null` in the place of numbers that JSON does not know.
    func appendValue(_ range: Range<Int>, of source: Int, to buffer: inout ByteBuffer) throws {
        var json = reader(sources[source], at: range.lowerBound)
        try json.skipValue()
        appendText(range, of: sources[source], hasNonFinite: json.nonFiniteCount > 0, to: &buffer)
    }

    /// Copies text as it stands.
    func appendRaw(_ range: Range<Int>, of source: Int, to buffer: inout ByteBuffer) {
        buffer.append(UnsafeBufferPointer(rebasing: sources[source].text[range]))
    }

    private func reader(_ source: ByteSource, at offset: Int) -> JSONReader {
        var json = JSONReader(source.bytes, at: offset)
        json.acceptsNonFinite = true
        return json
    }

    private func isUnchanged(_ json: inout JSONReader, _ fields: [COCOField]) throws -> Bool {
        var missing = fields.indices.reduce(0) {
            fields[$1].value != nil && fields[$1].isAddedWhenMissing ? $0 | 1 << $1 : $0
        }
        var isUnchanged = true
        try json.beginObject()
        while let key = try json.nextKey() {
            if let index = fields.firstIndex(where: { key.equals($0.key) }) {
                missing &= ~(1 << index)
                if try !fields[index].matches(&json) { isUnchanged = false }
            } else {
                try json.skipValue()
            }
        }
        return isUnchanged && missing == 0 && json.nonFiniteCount == 0
    }

    /// Returns which fields the record had, one bit each.
    private func appendMembers(
        _ json: inout JSONReader, of source: ByteSource, fields: [COCOField], keepsFields: Bool,
        _ isFirst: inout Bool, to buffer: inout ByteBuffer
    ) throws -> Int {
        var seen = 0
        try json.beginObject()
        while let key = try json.nextKey() {
            json.skipWhitespace()
            let start = json.offset
            let nonFiniteBefore = json.nonFiniteCount
            let index = fields.firstIndex { key.equals($0.key) }
            var replacement: COCOField.Value?
            if let index {
                let isAgain = seen & 1 << index != 0
                seen |= 1 << index
                let isSame = try fields[index].matches(&json)
                // Of a repeated key one is written: the value that counts.
                if !keepsFields || isAgain { continue }
                if !isSame {
                    guard let value = fields[index].value else { continue }
                    replacement = value
                }
            } else {
                try json.skipValue()
            }
            if !isFirst { buffer.append(",") }
            isFirst = false
            buffer.append("\"")
            buffer.append(key.raw)
            buffer.append("\":")
            if let replacement {
                buffer.append(replacement)
            } else {
                let hasNonFinite = json.nonFiniteCount > nonFiniteBefore
                appendText(start..<json.offset, of: source, hasNonFinite: hasNonFinite, to: &buffer)
            }
        }
        return seen
    }

    private func appendFields(
        _ fields: [COCOField], exceptThose seen: Int, _ isFirst: inout Bool, to buffer: inout ByteBuffer
    ) {
        for (index, field) in fields.enumerated() where seen & 1 << index == 0 && field.isAddedWhenMissing {
            guard let value = field.value else { continue }
            if !isFirst { buffer.append(",") }
            isFirst = false
            buffer.append("\"")
            buffer.append(field.key)
            buffer.append("\":")
            buffer.append(value)
        }
    }

    private func appendText(
        _ range: Range<Int>, of source: ByteSource, hasNonFinite: Bool, to buffer: inout ByteBuffer
    ) {
        let text = source.text[range]
        guard hasNonFinite else {
            buffer.append(UnsafeBufferPointer(rebasing: text))
            return
        }
        var isInString = false
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = text[index]
            if isInString {
                buffer.append(byte)
                if byte == UInt8(ascii: "\\") {
                    index += 1
                    buffer.append(text[index])
                }
                isInString = byte != UInt8(ascii: "\"")
            } else if byte == UInt8(ascii: "N") || byte == UInt8(ascii: "I") {
                buffer.append("null")
                index += byte == UInt8(ascii: "N") ? 2 : 7
            } else if byte == UInt8(ascii: "-"), text[index + 1] == UInt8(ascii: "I") {
                // The sign goes with the word after it.
            } else {
                buffer.append(byte)
                isInString = byte == UInt8(ascii: "\"")
            }
            index += 1
        }
    }

    private mutating func release(_ source: Int, upTo offset: Int) {
        guard offset - releasedUpTo[source] >= 8 << 20 else { return }
        sources[source].release(releasedUpTo[source]..<offset)
        releasedUpTo[source] = offset
    }
}
