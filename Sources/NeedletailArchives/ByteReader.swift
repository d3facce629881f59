/// Reads little-endian fields one after another; every read is checked against what is left.
package struct ByteReader {
    package let bytes: UnsafeRawBufferPointer
    package private(set) var position: Int

    /// - Precondition: `0 <= position <= bytes.count`.
    package init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
        precondition((0...bytes.count).contains(position), "position \(position) outside 0...\(bytes.count)")
        self.bytes = bytes
        self.position = position
    }

    package var remaining: Int { bytes.count - position }

    package mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else {
            throw ContentFault.truncated(
                detail: "\(count) bytes are due at byte \(position), \(remaining) are left")
        }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    package mutating func byte() throws -> UInt8 { try take(1)[0] }

    package mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws -> T {
        T(littleEndian: try take(MemoryLayout<T>.size).loadUnaligned(as: type))
    }

    /// A length or offset, which must be no negative number and fit `Int`.
    package mutating func count<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws -> Int {
        let start = position
        guard let count = Int(exactly: try integer(type)), count >= 0 else {
            throw ContentFault.malformed(detail: "an impossible length at byte \(start)")
        }
        return count
    }

    package mutating func text(_ count: Int) throws -> String {
        let start = position
        guard let text = String(validating: try take(count), as: UTF8.self) else {
            throw ContentFault.malformed(detail: "the text at byte \(start) is not UTF-8")
        }
        return text
    }

    /// Text up to the next line feed, which is taken too. Meant for names: no more than 1,024 bytes.
    package mutating func line() throws -> String {
        let limit = 1024
        let window = bytes[position..<position + min(remaining, limit)]
        guard let end = window.firstIndex(of: 0x0a) else {
            if remaining < limit {
                throw ContentFault.truncated(detail: "the name at byte \(position) has no end")
            }
            throw ContentFault.malformed(detail: "the name at byte \(position) is too long")
        }
        let line = try text(end - position)
        position += 1
        return line
    }
}

/// `text` with control characters and excess length removed, for messages about untrusted files.
package func printable(_ text: some StringProtocol) -> String {
    let shown = text.unicodeScalars.prefix(200).map { scalar -> Character in
        scalar.properties.generalCategory == .control ? "\u{fffd}" : Character(scalar)
    }
    return String(shown)
}
