import NeedletailText

/// Whether JSON values say the same, whatever form they are written in.
package enum JSONComparison {
    /// Numbers are the same up to `tolerance`, and a text and what it writes are: `"3"` and `3`.
    package static func isSame(
        _ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>, tolerance: Double = 0
    ) -> Bool {
        if left.elementsEqual(right) { return true }
        var leftJSON = JSONReader(UnsafeRawBufferPointer(left))
        var rightJSON = JSONReader(UnsafeRawBufferPointer(right))
        return (try? isSame(&leftJSON, &rightJSON, tolerance)) ?? false
    }

    private static func isSame(
        _ left: inout JSONReader, _ right: inout JSONReader, _ tolerance: Double
    ) throws(JSONError) -> Bool {
        switch (try left.peek(), try right.peek()) {
        case (.array, .array):
            try left.beginArray()
            try right.beginArray()
            while true {
                let hasLeft = try left.nextElement()
                guard try right.nextElement() == hasLeft else { return false }
                if !hasLeft { return true }
                guard try isSame(&left, &right, tolerance) else { return false }
            }
        case (.object, .object): return try isSameObject(&left, &right, tolerance)
        case (.number, .number):
            let (leftNumber, rightNumber) = (try left.readNumber(), try right.readNumber())
            if let integer = leftNumber.integer, integer == rightNumber.integer { return true }
            return abs(leftNumber.double - rightNumber.double) <= tolerance
        case (.array, _), (.object, _), (_, .array), (_, .object): return false
        default: return try left.scalarText() == right.scalarText()
        }
    }

    private static func isSameObject(
        _ left: inout JSONReader, _ right: inout JSONReader, _ tolerance: Double
    ) throws(JSONError) -> Bool {
        let leftMembers = try members(&left)
        let rightMembers = try members(&right)
        guard leftMembers.count == rightMembers.count else { return false }
        return leftMembers.allSatisfy { key, value in
            rightMembers[key].map { isSame(value, $0, tolerance: tolerance) } ?? false
        }
    }

    private static func members(
        _ json: inout JSONReader
    ) throws(JSONError) -> [String: UnsafeBufferPointer<UInt8>] {
        var members: [String: UnsafeBufferPointer<UInt8>] = [:]
        try json.beginObject()
        while let key = try json.nextKey() {
            let range = try json.skipValue()
            members[key.string] = UnsafeBufferPointer(start: json.base + range.lowerBound, count: range.count)
        }
        return members
    }
}
