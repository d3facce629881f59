import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// A member of a record that has a column, with the value it has there.
struct COCOField {
    enum Value {
        case id(RecordID)
        case integer(Int)
        case double(Double)
        case box(Box)
        case text(String)
        case flag(Bool)
    }

    let key: StaticString
    /// Nil when the dataset has none.
    let value: Value?
    /// Whether the member is added to a record that came without it.
    var isAddedWhenMissing = true

    /// Passes the next value and tells whether it says what the column says.
    func matches(_ json: inout JSONReader) throws -> Bool {
        guard let value else {
            // Read as missing: null, a number that is none, an empty box.
            switch try json.peek() {
            case .null, .array:
                try json.skipValue()
                return true
            case .number: return try !json.readDouble().isFinite
            default:
                try json.skipValue()
                return false
            }
        }
        if try json.peek() == .string, let isSame = try isSame(asTextOf: value, &json) { return isSame }
        switch value {
        case .id(let id): return try json.readID() == id
        case .integer(let integer): return try json.readOptionalInteger().map { max($0, 0) } ?? 0 == integer
        case .double(let double): return try json.readOptionalDouble() == double
        case .text(let text): return try json.readOptionalString() == text
        case .flag(let flag):
            switch try json.peek() {
            case .bool, .number, .null: return try json.readFlag() ?? false == flag
            default:
                try json.skipValue()
                return !flag
            }
        case .box(let box):
            var isText = false
            guard let other = try json.readBox(&isText), !isText else { return false }
            return Self.isSame(box.x, other.x) && Self.isSame(box.y, other.y)
                && Self.isSame(box.width, other.width) && Self.isSame(box.height, other.height)
        }
    }

    /// A number that stands in the file as a text is written as the number; nil for what may be a text.
    private func isSame(asTextOf value: Value, _ json: inout JSONReader) throws -> Bool? {
        switch value {
        case .id, .text, .box: return nil
        case .integer, .double:
            try json.skipValue()
            return false
        case .flag(let flag):
            // A flag that is none says that something else is meant, which stays.
            return try TextNumber.double(json.readString()) == nil ? !flag : false
        }
    }

    private static func isSame(_ left: Double, _ right: Double) -> Bool {
        left == right || (left.isNaN && right.isNaN)
    }
}

extension ByteBuffer {
    mutating func append(_ value: COCOField.Value) {
        switch value {
        case .id(let id): appendID(id)
        case .integer(let integer): appendInteger(integer)
        case .double(let double): appendDouble(double)
        case .box(let box): appendBox(box)
        case .text(let text): appendString(text)
        case .flag(let flag): append(flag ? "1" : "0")
        }
    }
}
