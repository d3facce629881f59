extension JSONReader {
    /// An identifier: a number or a text; nil for `null`.
    mutating func readID() throws(JSONError) -> RecordID? {
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

    /// A truth value written as `true`, `false` or a number; nil for `null`.
    mutating func readFlag() throws(JSONError) -> Bool? {
        let kind = try peek()
        switch kind {
        case .bool: return try readBool()
        case .number: return try readDouble() != 0
        case .null:
            _ = try readNull()
            return nil
        default: throw wrongType("0 or 1", kind)
        }
    }

    /// A number, or nil for `null`.
    mutating func readOptionalDouble() throws(JSONError) -> Double? {
        try readNull() ? nil : try readDouble()
    }

    /// A whole number, or nil for `null`.
    mutating func readOptionalInteger() throws(JSONError) -> Int? {
        try readNull() ? nil : try readInteger()
    }

    /// A text, or nil for `null`.
    mutating func readOptionalString() throws(JSONError) -> String? {
        try readNull() ? nil : try readString()
    }
}
