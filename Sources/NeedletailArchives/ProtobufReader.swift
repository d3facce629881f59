/// The fields of a message of protocol buffers, one behind the other as they lie there.
///
/// Nothing is copied, and no number in the message is believed before it is checked. What a field means is the caller's
/// to know. Encoding: <https://protobuf.dev/programming-guides/encoding/>.
package struct ProtobufReader {
    package enum Content {
        case varint(UInt64)
        case fixed32(UInt32)
        case fixed64(UInt64)
        case bytes(UnsafeRawBufferPointer)
    }

    package struct Field {
        package var number: Int
        package var content: Content
    }

    private var bytes: ByteReader

    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = ByteReader(bytes) }

    /// The next field; nil at the end of the message.
    ///
    /// - Throws: `ContentFault`.
    package mutating func next() throws -> Field? {
        guard bytes.remaining > 0 else { return nil }
        let start = bytes.position
        let key = try varint()
        guard let number = Int(exactly: key >> 3), (1..<1 << 29).contains(number) else {
            throw ContentFault.malformed(detail: "a field at byte \(start) has no number")
        }
        switch key & 7 {
        case 0: return Field(number: number, content: .varint(try varint()))
        case 1: return Field(number: number, content: .fixed64(try bytes.integer(UInt64.self)))
        case 2:
            guard let count = Int(exactly: try varint()) else {
                throw ContentFault.malformed(detail: "an impossible length at byte \(start)")
            }
            return Field(number: number, content: .bytes(try bytes.take(count)))
        case 5: return Field(number: number, content: .fixed32(try bytes.integer(UInt32.self)))
        case let kind: throw ContentFault.malformed(detail: "a field at byte \(start) is of the unknown kind \(kind)")
        }
    }

    private mutating func varint() throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            let byte = try bytes.byte()
            // The tenth byte has room for one bit.
            guard shift < 63 || byte <= 1 else { break }
            value |= UInt64(byte & 0x7f) << UInt64(shift)
            if byte & 0x80 == 0 { return value }
        }
        throw ContentFault.malformed(detail: "a number before byte \(bytes.position) has no end")
    }

    /// All numbers of a packed field.
    fileprivate mutating func varints() throws -> [UInt64] {
        var values: [UInt64] = []
        while bytes.remaining > 0 { values.append(try varint()) }
        return values
    }
}

/// What a field holds, as the kind that its message says it has.
extension ProtobufReader.Field {
    private var wrongKind: ContentFault { .malformed(detail: "field \(number) is of another kind than it should be") }

    package func integer() throws -> Int64 {
        guard case .varint(let bits) = content else { throw wrongKind }
        return Int64(bitPattern: bits)
    }

    /// A number that `Int` holds on every platform.
    package func count() throws -> Int {
        guard let value = Int(exactly: try integer()) else { throw wrongKind }
        return value
    }

    package func float() throws -> Float {
        guard case .fixed32(let bits) = content else { throw wrongKind }
        return Float(bitPattern: bits)
    }

    package func bytes() throws -> UnsafeRawBufferPointer {
        guard case .bytes(let bytes) = content else { throw wrongKind }
        return bytes
    }

    /// - Throws: `ContentFault` for what is not UTF-8.
    package func text() throws -> String {
        guard let text = String(validating: try bytes(), as: UTF8.self) else {
            throw ContentFault.malformed(detail: "a text in field \(number) is not UTF-8")
        }
        return text
    }

    package func message() throws -> ProtobufReader { ProtobufReader(try bytes()) }

    /// The numbers of a repeated field, packed or this one alone.
    package func integers() throws -> [Int64] {
        guard case .bytes(let bytes) = content else { return [try integer()] }
        var reader = ProtobufReader(bytes)
        return try reader.varints().map { Int64(bitPattern: $0) }
    }

    package func floats() throws -> [Float] {
        guard case .bytes(let bytes) = content else { return [try float()] }
        guard bytes.count.isMultiple(of: 4) else { throw wrongKind }
        return (0..<bytes.count / 4).map {
            Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
        }
    }

    package func doubles() throws -> [Double] {
        switch content {
        case .fixed64(let bits): return [Double(bitPattern: bits)]
        case .bytes(let bytes) where bytes.count.isMultiple(of: 8):
            return (0..<bytes.count / 8).map {
                Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)))
            }
        default: throw wrongKind
        }
    }
}
