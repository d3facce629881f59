/// A message of protocol buffers to be written.
///
/// Tensors are kept as what they are and copied nowhere: their bytes are asked for when the message is written.
package struct ProtobufMessage {
    private enum Piece {
        case bytes([UInt8])
        case tensor(StoredTensor)
    }

    private var pieces: [Piece] = []
    /// Bytes that the message takes.
    package private(set) var count = 0

    package init() {}

    private mutating func append(_ bytes: [UInt8]) {
        count += bytes.count
        if case .bytes(var last)? = pieces.last, last.count < 1 << 12 {
            pieces.removeLast()
            last += bytes
            pieces.append(.bytes(last))
        } else {
            pieces.append(.bytes(bytes))
        }
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var value = value, bytes: [UInt8] = []
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        return bytes + [UInt8(value)]
    }

    private mutating func key(_ field: Int, kind: UInt64) { append(Self.varint(UInt64(field) << 3 | kind)) }

    package mutating func integer(_ field: Int, _ value: Int64) {
        key(field, kind: 0)
        append(Self.varint(UInt64(bitPattern: value)))
    }

    package mutating func integer(_ field: Int, _ value: Int) { integer(field, Int64(value)) }

    package mutating func float(_ field: Int, _ value: Float) {
        key(field, kind: 5)
        append(withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init))
    }

    package mutating func bytes(_ field: Int, _ bytes: [UInt8]) {
        key(field, kind: 2)
        append(Self.varint(UInt64(bytes.count)) + bytes)
    }

    package mutating func text(_ field: Int, _ text: String) { bytes(field, Array(text.utf8)) }

    package mutating func packed(_ field: Int, _ values: [Int64]) {
        bytes(field, values.flatMap { Self.varint(UInt64(bitPattern: $0)) })
    }

    package mutating func packed(_ field: Int, _ values: [Float]) {
        bytes(field, values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) })
    }

    package mutating func message(_ field: Int, _ message: ProtobufMessage) {
        key(field, kind: 2)
        append(Self.varint(UInt64(message.count)))
        count += message.count
        pieces += message.pieces
    }

    /// A tensor's numbers in C order, little-endian.
    package mutating func numbers(_ field: Int, of tensor: StoredTensor) {
        key(field, kind: 2)
        append(Self.varint(UInt64(tensor.byteCount)))
        count += tensor.byteCount
        pieces.append(.tensor(tensor))
    }

    /// Hands the bytes over, in runs.
    package func write(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        for piece in pieces {
            switch piece {
            case .bytes(let bytes): try bytes.withUnsafeBytes(body)
            case .tensor(let tensor): try tensor.withContiguousBytes(body)
            }
        }
    }
}
