/// A number as it stands in a JSON text: its decimal digits, not yet a binary value.
public struct JSONNumber {
    /// The bytes of the number in the text.
    public let text: UnsafeBufferPointer<UInt8>
    /// Whether it is written without fraction and exponent.
    public let isInteger: Bool
    let isNegative: Bool
    /// The digits as one integer, when there are at most 19 significant ones.
    public let significand: UInt64
    let isSignificandExact: Bool
    /// The power of ten that `significand` is multiplied with.
    let exponent: Int
    public let nonFinite: Double?

    /// The value when it is whole and fits 64 bits, also when it is written `12.0` or `1.2e1`.
    public var integer: Int? {
        guard nonFinite == nil, isSignificandExact else { return nil }
        var magnitude = significand
        if exponent < 0 {
            guard exponent >= -19, magnitude % powersOfTen[-exponent] == 0 else { return magnitude == 0 ? 0 : nil }
            magnitude /= powersOfTen[-exponent]
        } else if exponent > 0 {
            guard magnitude != 0 else { return 0 }
            guard exponent <= 18 else { return nil }
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: powersOfTen[exponent])
            guard !overflow else { return nil }
            magnitude = product
        }
        if isNegative {
            return magnitude <= UInt64(Int64.min.magnitude) ? Int(truncatingIfNeeded: 0 &- magnitude) : nil
        }
        return Int(exactly: magnitude)
    }

    /// The nearest double, ties to even.
    ///
    /// Small numbers take one exact multiplication or division (Clinger, "How to read floating point numbers
    /// accurately", 1990); up to 19 digits with a negative exponent take one 128-bit integer division, whose
    /// remainder decides the rounding; the rest is left to the standard library.
    public var double: Double {
        if let nonFinite { return nonFinite }
        guard isSignificandExact else { return parsed }
        let magnitude: Double
        if significand <= 1 << 53, exponent >= -22, exponent <= 22 {
            let value = Double(significand)
            magnitude = exponent < 0 ? value / exactPowersOfTen[-exponent] : value * exactPowersOfTen[exponent]
        } else if exponent < 0, exponent >= -19, significand != 0 {
            magnitude = quotient(significand, by: powersOfTen[-exponent])
        } else {
            return parsed
        }
        return isNegative ? -magnitude : magnitude
    }

    /// `dividend / divisor` rounded once, to the nearest double.
    private func quotient(_ dividend: UInt64, by divisor: UInt64) -> Double {
        // The shifts put the top bit of each at the top; the quotient of 128 by 64 bits then has 63 or 64 bits,
        // more than the 53 that are kept, and the remainder only says whether it is exact.
        let dividendShift = dividend.leadingZeroBitCount
        let divisorShift = divisor.leadingZeroBitCount
        let high = (dividend << dividendShift) >> 1
        let low = (dividend << dividendShift) << 63
        let (whole, remainder) = (divisor << divisorShift).dividingFullWidth((high, low))
        let sticky: UInt64 = remainder == 0 ? 0 : 1
        let scale = divisorShift - dividendShift - 63
        // The bit below the 64 kept by the conversion never decides alone: it is a sticky bit.
        return Double(whole | sticky) * Double(bitPattern: UInt64(1023 + scale) << 52)
    }

    private var parsed: Double {
        Double(String(decoding: text, as: UTF8.self)) ?? .nan
    }
}

/// 10⁰ to 10¹⁹, all that 64 bits hold.
private let powersOfTen: [UInt64] = (0...19).map { (0..<$0).reduce(1) { power, _ in power * 10 } }

/// 10⁰ to 10²², all that a double holds exactly.
let exactPowersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21,
    1e22,
]

extension JSONReader {
    public mutating func readNumber() throws(JSONError) -> JSONNumber {
        let kind = try peek()
        guard kind == .number else { throw wrongType("a number", kind) }
        return try scanNumber()
    }

    @inlinable
    public mutating func readDouble() throws(JSONError) -> Double {
        if let value = readPlainDouble() { return value }
        return try readNumber().double
    }

    /// A number as ``readPlainNumber()`` reads it; nil, without moving, for everything else.
    @inlinable @inline(__always)
    public mutating func readPlainDouble() -> Double? {
        guard let (digits, fraction) = readPlainNumber() else { return nil }
        // At most six digits stand behind the point.
        let powers: SIMD8<Double> = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7]
        return Double(digits) / powers[fraction]
    }

    /// Passes a comma before another element of a list, and a space behind it, where nothing else stands there.
    @inlinable @inline(__always)
    public mutating func passPlainComma() -> Bool {
        guard limit - cursor >= 3, cursor[0] == UInt8(ascii: ",") else { return false }
        let next = cursor[1] == 0x20 ? 2 : 1
        guard cursor[next] &- 0x30 <= 9 else { return false }
        cursor += next
        return true
    }

    /// A whole number; `12.0` is one.
    public mutating func readInteger() throws(JSONError) -> Int {
        let number = try readNumber()
        guard let integer = number.integer else {
            throw JSONError(
                .wrongType(
                    expected: "a whole number of at most 64 bits", found: String(decoding: number.text, as: UTF8.self)),
                at: text(offsetOf: number))
        }
        return integer
    }

    private func text(offsetOf number: JSONNumber) -> Int {
        number.text.baseAddress.map { $0 - base } ?? offset
    }

    private mutating func scanNumber() throws(JSONError) -> JSONNumber {
        let start = cursor
        var isNegative = false
        if cursor.pointee == UInt8(ascii: "-") {
            isNegative = true
            cursor += 1
            guard cursor < limit else { throw error(.endOfText) }
        }
        if cursor.pointee == UInt8(ascii: "N") || cursor.pointee == UInt8(ascii: "I") {
            let value = try passNonFinite()
            return JSONNumber(
                text: UnsafeBufferPointer(start: start, count: cursor - start), isInteger: false,
                isNegative: isNegative,
                significand: 0, isSignificandExact: false, exponent: 0, nonFinite: isNegative ? -value : value)
        }
        var significand: UInt64 = 0
        let digits = cursor
        try accumulateDigits(into: &significand)
        if digits.pointee == UInt8(ascii: "0"), cursor - digits > 1 {
            throw JSONError(.invalidNumber, at: digits - base)
        }
        var digitCount = cursor - digits
        var exponent = 0
        var isInteger = true
        if cursor < limit, cursor.pointee == UInt8(ascii: ".") {
            cursor += 1
            isInteger = false
            let fraction = cursor
            try accumulateDigits(into: &significand)
            exponent = fraction - cursor
            digitCount -= exponent
        }
        if cursor < limit, cursor.pointee | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            cursor += 1
            exponent += try scanExponent()
        }
        var isExact = digitCount <= 19
        if !isExact {
            // Leading zeros are not significant: 0.00000000000000000001234 has four digits.
            var leading = digits
            while leading < cursor, leading.pointee == 0x30 || leading.pointee == UInt8(ascii: ".") {
                if leading.pointee == 0x30 { digitCount -= 1 }
                leading += 1
            }
            isExact = digitCount <= 19
        }
        return JSONNumber(
            text: UnsafeBufferPointer(start: start, count: cursor - start), isInteger: isInteger,
            isNegative: isNegative,
            significand: significand, isSignificandExact: isExact, exponent: exponent, nonFinite: nil)
    }

    /// Passes one digit or more; beyond 19 of them the value has wrapped and is not used.
    @inline(__always)
    private mutating func accumulateDigits(into value: inout UInt64) throws(JSONError) {
        guard cursor < limit else { throw error(.endOfText) }
        guard cursor.pointee &- 0x30 <= 9 else { throw error(.invalidNumber) }
        while cursor < limit {
            let digit = cursor.pointee &- 0x30
            guard digit <= 9 else { return }
            value = value &* 10 &+ UInt64(digit)
            cursor += 1
        }
    }

    private mutating func scanExponent() throws(JSONError) -> Int {
        guard cursor < limit else { throw error(.endOfText) }
        let isNegative = cursor.pointee == UInt8(ascii: "-")
        if isNegative || cursor.pointee == UInt8(ascii: "+") { cursor += 1 }
        guard cursor < limit else { throw error(.endOfText) }
        guard cursor.pointee &- 0x30 <= 9 else { throw error(.invalidNumber) }
        var value = 0
        while cursor < limit, cursor.pointee &- 0x30 <= 9 {
            // Beyond a million the value is zero or infinite whatever follows.
            value = min(value * 10 + Int(cursor.pointee - 0x30), 1_000_000)
            cursor += 1
        }
        return isNegative ? -value : value
    }
}
