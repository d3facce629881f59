extension JSONReader {
    /// Passes the next value whatever it is, checking all of it, and returns where it stands in the text.
    @discardableResult
    public mutating func skipValue() throws(JSONError) -> Range<Int> {
        skipWhitespace()
        let start = offset
        var nesting = Nesting()
        repeat {
            try beginSkippedValue(&nesting)
            // Close everything that ends here, until another value is due or the outermost has ended.
        } while try anotherValueFollows(&nesting)
        return start..<offset
    }

    /// The open objects and lists, one bit each.
    private struct Nesting {
        var depth = 0
        var isObject = SIMD8<UInt64>.zero

        mutating func push(object: Bool) {
            let bit: UInt64 = 1 << UInt64(depth & 63)
            if object { isObject[depth >> 6] |= bit } else { isObject[depth >> 6] &= ~bit }
            depth += 1
        }

        var innermostIsObject: Bool {
            isObject[(depth - 1) >> 6] >> UInt64((depth - 1) & 63) & 1 == 1
        }
    }

    /// Passes a scalar, or opens lists and objects down to the first scalar or empty one.
    private mutating func beginSkippedValue(_ nesting: inout Nesting) throws(JSONError) {
        while true {
            switch try peek() {
            case .string:
                _ = try scanString()
                return
            case .number:
                if nesting.depth > 0, !nesting.innermostIsObject { skipNumberRun() }
                try skipNumber()
                return
            case .bool:
                _ = try readBool()
                return
            case .null:
                try passLiteral("null")
                return
            case .array:
                try push(&nesting, object: false)
                skipWhitespace()
                guard cursor < limit else { throw error(.endOfText) }
                if cursor.pointee == UInt8(ascii: "]") {
                    cursor += 1
                    nesting.depth -= 1
                    return
                }
            case .object:
                try push(&nesting, object: true)
                skipWhitespace()
                guard cursor < limit else { throw error(.endOfText) }
                if cursor.pointee == UInt8(ascii: "}") {
                    cursor += 1
                    nesting.depth -= 1
                    return
                }
                try skipKey()
            }
        }
    }

    private mutating func anotherValueFollows(_ nesting: inout Nesting) throws(JSONError) -> Bool {
        while nesting.depth > 0 {
            skipWhitespace()
            guard cursor < limit else { throw error(.endOfText) }
            let isObject = nesting.innermostIsObject
            switch cursor.pointee {
            case UInt8(ascii: ","):
                cursor += 1
                if isObject {
                    skipWhitespace()
                    guard cursor < limit else { throw error(.endOfText) }
                    try skipKey()
                }
                return true
            case UInt8(ascii: "]") where !isObject, UInt8(ascii: "}") where isObject:
                cursor += 1
                nesting.depth -= 1
            default:
                throw unexpected(isObject ? "',' or '}'" : "',' or ']'")
            }
        }
        return false
    }

    private mutating func push(_ nesting: inout Nesting, object: Bool) throws(JSONError) {
        guard nesting.depth < Self.depthLimit else { throw error(.tooDeep(limit: Self.depthLimit)) }
        nesting.push(object: object)
        cursor += 1
    }

    private mutating func skipKey() throws(JSONError) {
        guard cursor.pointee == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
        _ = try scanString()
        try passColon()
    }

    private mutating func skipNumber() throws(JSONError) {
        _ = try readNumber()
    }

    /// Passes as many leading `number, ` elements of a list as are written plainly: at most seven bytes of
    /// digits with at most one point, then a comma and at most one space.
    ///
    /// The coordinates of polygons, most of the bytes of a COCO file, are such numbers. One load of eight bytes
    /// finds both the point and the end; whatever looks different is left for the full parser, which also
    /// takes the last element.
    @inline(__always)
    private mutating func skipNumberRun() {
        var position = cursor
        // Sixteen readable bytes: the eight that are looked at and the start of the next element.
        while limit - position >= 16 {
            let word = UnsafeRawPointer(position).loadUnaligned(as: UInt64.self).littleEndian
            var others = Self.nonDigits(word)
            var end = others.trailingZeroBitCount >> 3
            guard end > 0, end < 8 else { break }
            // A zero before another digit is not JSON; before the point or comma it is.
            guard end == 1 || position[0] != 0x30 else { break }
            if position[end] == UInt8(ascii: ".") {
                others &= others &- 1
                let next = others.trailingZeroBitCount >> 3
                guard next > end + 1, next < 8 else { break }
                end = next
            }
            guard position[end] == UInt8(ascii: ",") else { break }
            position += end + 1
            if position.pointee == 0x20 { position += 1 }
            // The reader must not come to stand behind a comma without an element.
            let following = position.pointee
            guard following &- 0x30 <= 9 || following == UInt8(ascii: "-") else { break }
            cursor = position
        }
    }
}
