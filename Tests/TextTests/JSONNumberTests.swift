import NeedletailText
import ProgramRunner
import Testing

@Suite struct JSONNumberTests {
    private func number<Value>(_ text: String, _ body: (JSONNumber) -> Value) throws -> Value {
        try Array(text.utf8).withUnsafeBytes { buffer in
            var json = JSONReader(buffer)
            let number = try json.readNumber()
            try json.finish()
            return body(number)
        }
    }

    /// The standard library's conversion, which is correctly rounded, is the oracle.
    private func expectSame(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let expected = try #require(Double(text))
        let value = try number(text) { $0.double }
        guard value.bitPattern != expected.bitPattern else { return }
        Issue.record("\(text) became \(value), not \(expected)", sourceLocation: sourceLocation)
    }

    @Test(arguments: [
        "0", "-0", "0.0", "-0.0", "1", "0.1", "702.1057499999998", "2913.1103999999987", "9007199254740993",
        "9007199254740992.5", "9007199254740993e0", "1e22", "1e23", "123456789012345678e-19", "5e-324", "2.5e-324",
        "2.4703282292062327e-324", "1.7976931348623157e308", "1e309", "-1e400", "1e-400", "0e999999999999",
        "0.000000000000000000000000000001234", "0.30000000000000004", "8.5",
        "179769313486231580793e289",
        "2.2250738585072011e-308", "1.00000000000000011102230246251565404236316680908203125",
        "1.00000000000000011102230246251565404236316680908203124", "9223372036854775807.0", "18446744073709551615e-5",
        "9999999999999999999e-19", "1000000000000000000e-18", "1e-19", "1.1e-18",
    ])
    func convertsHardCases(_ text: String) throws {
        try expectSame(text)
    }

    @Test func convertsRandomNumbers() throws {
        var generator = SplitMix(state: 7)
        for _ in 0..<200_000 {
            let digits = Int(generator.next() % 20) + 1
            var text = String(generator.next() % 9 + 1)
            for _ in 1..<max(digits, 2) { text += String(generator.next() % 10) }
            switch generator.next() % 3 {
            case 0:
                text.insert(
                    ".", at: text.index(text.startIndex, offsetBy: 1 + Int(generator.next() % UInt64(text.count - 1))))
            case 1: text += "e\(Int(generator.next() % 60) - 40)"
            default: break
            }
            try expectSame(text)
        }
    }

    /// Short numbers, which have a way of their own, before everything that may follow a number.
    @Test(arguments: [",", "]", "}", " ", "\n", "\r", "\t", ", 12345678", "]}]}]}]}]"])
    func convertsShortNumbersWhateverFollows(_ rest: String) throws {
        var generator = SplitMix(state: 9)
        for _ in 0..<20_000 {
            var text = String(
                generator.next() % [1, 10, 1000, 100_000, 10_000_000, 1_000_000_000][Int(generator.next() % 6)])
            if generator.next() % 3 > 0 { text += "." + String(generator.next() % 1000) }
            let value = try Array((text + rest).utf8).withUnsafeBytes { buffer in
                var json = JSONReader(buffer)
                let value = try json.readDouble()
                #expect(json.offset == text.utf8.count)
                return value
            }
            #expect(value == Double(text), "\(text)")
        }
    }

    @Test(arguments: [
        "01,      ", "00,      ", "1.,      ", ".5,      ", "1.2.3,    ", "1x,       ", "12e,      ", "+1,      ",
    ])
    func refusesShortNumbersThatAreNone(_ text: String) {
        let error = caught(JSONError.self) {
            try Array("[\(text)1]".utf8).withUnsafeBytes { buffer in
                var json = JSONReader(buffer)
                try json.beginArray()
                while try json.nextElement() { _ = try json.readDouble() }
            }
        }
        #expect(error != nil)
    }

    /// The lengths that areas computed in double precision have, where the rounding needs the remainder.
    @Test func convertsSeventeenToNineteenDigits() throws {
        var generator = SplitMix(state: 5)
        for _ in 0..<300_000 {
            let significand = 10_000_000_000_000_000 + generator.next() % 9_000_000_000_000_000_000
            var text = String(significand)
            text.insert(".", at: text.index(text.startIndex, offsetBy: Int(generator.next() % 16) + 1))
            try expectSame(text)
        }
    }

    /// Halfway between two doubles, where the last digit decides: m + 1/2 for m beyond 2^52.
    @Test func roundsHalfwayCasesToEven() throws {
        var generator = SplitMix(state: 11)
        for _ in 0..<20_000 {
            let even = 4_503_599_627_370_496 + generator.next() % 4_503_599_627_370_496
            try expectSame("\(even).5")
            try expectSame("\(even).500")
            try expectSame("\(even).501")
            try expectSame("\(even).499")
        }
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("12.0", 12), ("1.2e1", 12), ("120e-1", 12), ("9223372036854775807", Int.max),
            ("-9223372036854775808", Int.min), ("9007199254740993", 9_007_199_254_740_993),
            ("1e18", 1_000_000_000_000_000_000),
        ] as [(String, Int?)] + [
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("1.5", nil), ("1e19", nil), ("1e-1", nil),
            ("123456789012345678901", nil), ("0.00000000000000000001", nil), ("1e400", nil),
        ])
    func knowsWholeNumbers(_ text: String, _ expected: Int?) throws {
        #expect(try number(text) { $0.integer } == expected)
    }
}
