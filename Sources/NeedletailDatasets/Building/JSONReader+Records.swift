import NeedletailGeometry
import NeedletailPlatform
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

    /// A number, also one that is written as a text.
    ///
    /// - Parameter isText: Set when it is.
    package mutating func readNumberOrText(_ isText: inout Bool) throws(JSONError) -> Double {
        guard try peek() == .string else { return try readDouble() }
        let start = self
        guard let value = TextNumber.double(try readString().trimmingSpaces()) else {
            throw start.wrongType("a number", .string)
        }
        isText = true
        return value
    }

    /// `[x, y, width, height]`; nil for `null` and for an empty list. A `null` coordinate is not a number.
    ///
    /// - Parameter isText: Set when a number is written as a text.
    package mutating func readBox(_ isText: inout Bool) throws -> Box? {
        if try readNull() { return nil }
        let start = offset
        var values = SIMD4<Double>.zero
        var count = 0
        try beginArray()
        while try nextElement() {
            repeat {
                let value = try readPlainDouble() ?? (readNull() ? Double.nan : readNumberOrText(&isText))
                if count < 4 { values[count] = value }
                count += 1
            } while passPlainComma()
        }
        if count == 0 { return nil }
        guard count == 4 else {
            throw RecordProblem(
                offset: start, problem: "bbox has \(count) numbers", remedy: "Write it as [x, y, width, height]")
        }
        return Box(x: values[0], y: values[1], width: values[2], height: values[3])
    }
    /// A box as our own records have it.
    package mutating func readBox() throws -> Box? {
        var isText = false
        return try readBox(&isText)
    }

    /// Polygons as COCO's segmentation has them, each `x, y, x, y ...`.
    package mutating func readPolygons() throws(JSONError) -> [[Double]] {
        var polygons: [[Double]] = []
        try beginArray()
        while try nextElement() {
            var points: [Double] = []
            try beginArray()
            while try nextElement() { points.append(try readDouble()) }
            polygons.append(points)
        }
        return polygons
    }

    /// A mask: its size as `[height, width]`, and its runs as a list of lengths or as pycocotools writes them.
    ///
    /// - Returns: Nil when the runs are not those of so many pixels.
    package mutating func readRunLengths() throws(JSONError) -> RunLengthMask? {
        var (size, counts, text) = ([Int](), [Int](), String?.none)
        func numbers() throws(JSONError) -> [Int] {
            var numbers: [Int] = []
            try beginArray()
            while try nextElement() { numbers.append(Int(exactly: try readDouble()) ?? -1) }
            return numbers
        }
        try beginObject()
        while let key = try nextKey() {
            if key.equals("size") {
                size = try numbers()
            } else if key.equals("counts"), try peek() == .string {
                text = try readString()
            } else if key.equals("counts") {
                counts = try numbers()
            } else {
                try skipValue()
            }
        }
        guard size.count == 2 else { return nil }
        return text.map { RunLengthMask(width: size[1], height: size[0], text: $0) }
            ?? RunLengthMask(width: size[1], height: size[0], counts: counts)
    }

    /// Passes a segmentation, and tells whether it has a polygon that encloses nothing, as ``isUsablePolygon(_:)`` says.
    ///
    /// Only what is written in 128 bytes is looked at: longer ones have points enough.
    package mutating func passSegmentation() throws(JSONError) -> Bool {
        skipWhitespace()
        let start = cursor
        let limit = min(limit - start, 128)
        if limit > 0, start.pointee == UInt8(ascii: "["), memchr(start, Int32(UInt8(ascii: "]")), limit) != nil {
            if let areUsable = try? passUsablePolygons() { return !areUsable && cursor - start <= 128 }
            // Something else than polygons of finite numbers.
            cursor = start
            isAtStart = false
        }
        try skipValue()
        return false
    }

    /// - Throws: ``JSONError`` for what are no polygons of finite numbers.
    private mutating func passUsablePolygons() throws(JSONError) -> Bool {
        var areUsable = true
        try beginArray()
        while try nextElement() {
            var sum = PolygonSum()
            try beginArray()
            while try nextElement() {
                repeat { sum.add(try readFiniteDouble()) } while passPlainComma()
            }
            areUsable = sum.enclosesSomething && areUsable
        }
        return areUsable
    }

    @inline(__always)
    private mutating func readFiniteDouble() throws(JSONError) -> Double {
        if let value = readPlainDouble() { return value }
        let number = try readNumber()
        guard number.nonFinite == nil else { throw wrongType("a finite number", .number) }
        return number.double
    }
}

/// Whether a polygon `x, y, x, y ...` encloses something: it has three points and an area.
package func isUsablePolygon(_ points: [Double]) -> Bool {
    var sum = PolygonSum()
    for coordinate in points { sum.add(coordinate) }
    return sum.enclosesSomething
}

/// The area of a polygon whose coordinates come one after the other, by the shoelace formula.
private struct PolygonSum {
    private var count = 0
    private var first = SIMD2<Double>.zero
    private var last = SIMD2<Double>.zero
    private var x = 0.0
    private var sum = 0.0

    mutating func add(_ coordinate: Double) {
        count += 1
        guard count.isMultiple(of: 2) else {
            x = coordinate
            return
        }
        let point = SIMD2(x, coordinate)
        if count == 2 { first = point } else { sum += last.x * point.y - point.x * last.y }
        last = point
    }

    /// Less than a millionth of a square pixel is what rounding makes of a line.
    var enclosesSomething: Bool {
        guard count >= 6, count.isMultiple(of: 2) else { return false }
        let area = abs(sum + last.x * first.y - first.x * last.y) / 2
        return area.isFinite && area > 1e-6
    }
}
