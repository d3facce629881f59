import NeedletailPlatform

/// UTF-8, held against its rules.
package enum UTF8Text {
    /// What stands at a byte of 0x80 or above.
    @frozen package enum Sequence {
        /// A character of two to four bytes.
        case character(length: Int)
        case invalid
        /// The text ends inside the character.
        case cutOff
    }

    /// Overlong forms, surrogates and what lies beyond U+10FFFF are invalid.
    @inline(__always)
    package static func sequence(at cursor: UnsafePointer<UInt8>, limit: UnsafePointer<UInt8>) -> Sequence {
        let count: Int
        var range: ClosedRange<UInt8> = 0x80...0xBF
        switch cursor.pointee {
        case 0xC2...0xDF: count = 2
        case 0xE0: (count, range) = (3, 0xA0...0xBF)
        case 0xED: (count, range) = (3, 0x80...0x9F)
        case 0xE1...0xEF: count = 3
        case 0xF0: (count, range) = (4, 0x90...0xBF)
        case 0xF1...0xF3: count = 4
        case 0xF4: (count, range) = (4, 0x80...0x8F)
        default: return .invalid
        }
        for index in 1..<count {
            guard limit - cursor > index else { return .cutOff }
            guard range.contains(cursor[index]) else { return .invalid }
            range = 0x80...0xBF
        }
        return .character(length: count)
    }

    /// The first byte that breaks the rules; nil when the bytes are UTF-8.
    ///
    /// - Parameter passed: Called now and then with how many bytes are known to be good.
    package static func firstInvalid(
        in bytes: UnsafeRawBufferPointer, passed: (Int) -> Void = { _ in }
    ) -> Int? {
        guard let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
        let limit = start + bytes.count
        var cursor = start
        var next = start + 1 << 23
        while cursor < limit {
            // Eight bytes at a time while all are ASCII.
            while limit - cursor >= 8,
                UnsafeRawPointer(cursor).loadUnaligned(as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                cursor += 8
                if cursor >= next {
                    passed(cursor - start)
                    next = cursor + 1 << 23
                }
            }
            guard cursor < limit else { return nil }
            if cursor.pointee < 0x80 {
                cursor += 1
            } else if case .character(let length) = sequence(at: cursor, limit: limit) {
                cursor += length
            } else {
                return cursor - start
            }
        }
        return nil
    }
}
