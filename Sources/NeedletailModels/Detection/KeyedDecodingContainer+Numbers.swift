extension KeyedDecodingContainer {
    /// A number of a file that decides how a network is put together.
    ///
    /// - Throws: `DecodingError` where it is beyond what can be.
    func decode(_ range: ClosedRange<Int>, multipleOf divisor: Int = 1, forKey key: Key) throws -> Int {
        let number = try decode(Int.self, forKey: key)
        guard range.contains(number), number.isMultiple(of: divisor) else {
            throw refusal(
                key,
                "is \(number), not a number from \(range.lowerBound) to \(range.upperBound)"
                    + (divisor == 1 ? "" : " and a multiple of \(divisor)"))
        }
        return number
    }

    /// A number with a fraction, likewise.
    func decode<Number: BinaryFloatingPoint & Decodable>(_ range: ClosedRange<Number>, forKey key: Key) throws -> Number
    {
        let number = try decode(Number.self, forKey: key)
        guard range.contains(number) else {
            throw refusal(key, "is \(number), not a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// An error that says what is wrong with a value.
    func refusal(_ key: Key, _ problem: String) -> DecodingError {
        .dataCorruptedError(forKey: key, in: self, debugDescription: "\(key.stringValue) \(problem)")
    }

    /// A backbone with maps of 8, 16 and 32 pixels.
    ///
    /// - Throws: `DecodingError` where it has none.
    func decodePyramidalBackbone(forKey key: Key) throws -> AnyBackboneArchitecture {
        let backbone = try decode(AnyBackboneArchitecture.self, forKey: key)
        guard backbone.architecture.suitsPyramid else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self, debugDescription: "no detector of this kind stands on \(backbone.name)")
        }
        return backbone
    }
}
