/// The quick way for the numbers that files are full of; whatever is written otherwise is left to the full parser.
extension JSONReader {
    /// Passes a number of at most seven bytes, digits with at most one point among them, and returns its digits as one
    /// integer with the count of those behind the point; nil, without moving, for everything else.
    ///
    /// One load of eight bytes has all of it. The point is taken out by shifting what follows it, and the digits are
    /// added up in three multiplications: to pairs, fours and one number of eight.
    @inlinable @inline(__always)
    public mutating func readPlainNumber() -> (digits: UInt64, fraction: Int)? {
        skipWhitespace()
        guard limit - cursor >= 8 else { return nil }
        var word = UnsafeRawPointer(cursor).loadUnaligned(as: UInt64.self).littleEndian
        var others = Self.nonDigits(word)
        guard others != 0 else { return nil }
        let whole = others.trailingZeroBitCount >> 3
        // A zero before another digit is not JSON.
        guard whole > 0, whole == 1 || cursor.pointee != 0x30 else { return nil }
        var end = whole
        var fraction = 0
        if cursor[whole] == UInt8(ascii: ".") {
            others &= others &- 1
            guard others != 0 else { return nil }
            end = others.trailingZeroBitCount >> 3
            fraction = end - whole - 1
            guard fraction > 0 else { return nil }
            let before: UInt64 = (1 << UInt64(8 * whole)) - 1
            word = word & before | (word >> 8) & ~before
        }
        switch cursor[end] {
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), 0x20, 0x0A, 0x0D, 0x09: break
        default: return nil
        }
        cursor += end
        let count = UInt64(whole + fraction)
        // The first digit is lowest in the word and weighs most; zeros fill the places below it.
        word = (word ^ 0x3030_3030_3030_3030) << (64 - 8 * count)
        word = (word &* 10 &+ word >> 8) & 0x00FF_00FF_00FF_00FF
        word = (word &* 100 &+ word >> 16) & 0x0000_FFFF_0000_FFFF
        return ((word &* 10_000 &+ word >> 32) & 0xFFFF_FFFF, fraction)
    }

    /// The high bit of each byte that is not an ASCII digit.
    @inlinable @inline(__always)
    public static func nonDigits(_ word: UInt64) -> UInt64 {
        let value = word ^ 0x3030_3030_3030_3030
        return (((value & 0x7F7F_7F7F_7F7F_7F7F) &+ 0x7676_7676_7676_7676) | value) & 0x8080_8080_8080_8080
    }
}
