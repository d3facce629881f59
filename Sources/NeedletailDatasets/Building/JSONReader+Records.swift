import NeedletailGeometry
import NeedletailText

extension JSONReader {
    /// An identifier: a number or a text; nil for `null`.
    package mutating func readID() throws(JSONError) -> RecordID? {
        let start = cursor
        if let (digits, fraction) = readPlainNumber() {
            if fraction == 0 { return .integer(Int(digits)) }
            cursor = start
        }
        let kind = try peek()
        switch kind {
        case .number:
            let number = try readNumber()
            if let integer = number.integer { return .integer(integer) }
            return .number(String(decoding: number.text, as: UTF8.self))
        case .string: return .text(try readString())
        case .null:
            _ = try readNull()
            return nil
        default: throw wrongType("an identifier, a number or a text", kind)
        }
    }

    /// `[x, y, width, height]`; nil for `null` and for an empty list. A `null` coordinate is not a number.
    package mutating func readBox() throws -> Box? {
        if try readNull() { return nil }
        let start = offset
        var values = SIMD4<Double>.zero
        var count = 0
        try beginArray()
        while try nextElement() {
            let value = try readNull() ? Double.nan : try readDouble()
            if count < 4 { values[count] = value }
            count += 1
        }
        if count == 0 { return nil }
        guard count == 4 else {
            throw RecordProblem(
                offset: start, problem: "bbox has \(count) numbers", remedy: "Write it as [x, y, width, height]")
        }
        return Box(x: values[0], y: values[1], width: values[2], height: values[3])
    }
}
