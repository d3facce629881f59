extension JSONReader {
    /// A truth value written as `true`, `false` or a number; nil for `null`.
    public mutating func readFlag() throws(JSONError) -> Bool? {
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
    public mutating func readOptionalDouble() throws(JSONError) -> Double? {
        try readNull() ? nil : try readDouble()
    }

    /// A whole number, or nil for `null`.
    public mutating func readOptionalInteger() throws(JSONError) -> Int? {
        try readNull() ? nil : try readInteger()
    }

    /// A text, or nil for `null`.
    public mutating func readOptionalString() throws(JSONError) -> String? {
        try readNull() ? nil : try readString()
    }
}
