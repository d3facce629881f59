import NeedletailText
import ProgramRunner
import Testing

@Suite struct JSONReaderTests {
    /// Passes one whole text, as a reader that wants none of its values would.
    private func check(_ bytes: [UInt8], nonFinite: Bool = false) throws {
        try bytes.withUnsafeBytes { buffer in
            var json = JSONReader(buffer)
            json.acceptsNonFinite = nonFinite
            try json.skipValue()
            try json.finish()
        }
    }

    private func refusal(_ bytes: [UInt8]) -> JSONError? {
        caught(JSONError.self) { try check(bytes) }
    }

    @Test(arguments: [
        "null", "true", "false", "0", "-0", "12", "-1.5", "1e5", "1E-5", "1.25e+10", "\"\"", "\"a\"", "[]", "{}",
        " [ ] ", "\t{\n}\r\n", "[1,2 , 3]", "[[],[[]],{}]", "{\"a\":1,\"a\":2}", "{\"\":null}", "[\"\\u0041\"]",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\ud83d\\ude00\"", "\"\\u0000\"", "\"é€😀\"", "\"\u{7F}\"",
        "{\"a\":[{\"b\":[1.5,[true]]}]}", "[12345678,1234567.0,1]", "[321.02, 321.0, 314.25]",
        "[0, 0.5, 10, 0.0]", "[1.2345678901234567890123456789]", "[-1, -2, 3.5, 1e3, 4]",
        "[\"a long text without end\"]",
        "\u{FEFF}[1]", "[1,\n 2,\n 3]", "[1234567,12345678,123456789]",
    ])
    func acceptsValidText(_ text: String) throws {
        try check(Array(text.utf8))
    }

    @Test(arguments: [
        "", " ", "[", "{", "]", "}", "[1,]", "[,1]", "[1 2]", "[1,,2]", "[1", "[1,", "{\"a\"}", "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}", "{'a':1}", "{\"a\" 1}", "{1:1}", "{,}", "[}", "{]", "[1}", "{\"a\":1]", "nul", "truee", "True", "1 2",
        "[] []", "01", "-01", "[00]", "[01.5, 2, 3, 4, 5, 6]", "-", "+1", ".5", "1.", "[1., 2, 3, 4, 5, 6, 7]", "1.e5",
        "1e", "1e+", "0x10", "1_000", "NaN", "Infinity", "-Infinity", "[NaN]", "\"", "\"a", "\"\\", "\"\\x41\"",
        "\"\\u12\"",
        "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"a\nb\"", "\"\t\"", "\"\u{0}\"",
        "// comment\n1",
        "[1 /* two */]", "[1.2.3, 2, 3, 4, 5, 6]", "[1.2.3]", "[1..2, 3, 4, 5, 6]", "[--1]", "[1-2]",
        "[1.5,  , 2, 3, 4, 5]",
        "[1,2,3,4,5,6,7,8,9,]", "[1.5, 2.5, 3.5, 4.5, x]", "\u{FEFF}\u{FEFF}[]",
    ])
    func refusesInvalidText(_ text: String) {
        #expect(refusal(Array(text.utf8)) != nil)
    }

    /// Overlong forms, surrogates, beyond U+10FFFF, lone and missing continuation bytes (RFC 3629).
    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80],
            [0xE2, 0x82], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xFE],
        ] as [[UInt8]])
    func refusesInvalidUTF8(_ bytes: [UInt8]) {
        let error = refusal([0x22] + bytes + [0x22])
        #expect(error?.problem == .invalidUTF8)
        #expect(error?.offset == 1)
    }

    @Test func stopsAtTheDepthLimitAndNotBefore() throws {
        let limit = JSONReader.depthLimit
        try check(Array(repeating: 0x5B, count: limit) + Array(repeating: 0x5D, count: limit))
        let error = refusal(Array(repeating: 0x5B, count: limit + 1) + Array(repeating: 0x5D, count: limit + 1))
        #expect(error?.problem == .tooDeep(limit: limit))
        #expect(refusal(Array(repeating: 0x5B, count: 1_000_000)) != nil)
        // Lists and objects in turn: the kind of each level is remembered.
        let mixed = String(repeating: "[{\"a\":", count: 200) + "1" + String(repeating: "}]", count: 200)
        try check(Array(mixed.utf8))
        #expect(refusal(Array(mixed.replacing("1}]}]", with: "1}]]}").utf8)) != nil)
    }

    @Test func acceptsNonFiniteNumbersOnlyWhenAsked() throws {
        try check(Array("[NaN, Infinity, -Infinity]".utf8), nonFinite: true)
        #expect(caught(JSONError.self) { try check(Array("[Nan]".utf8), nonFinite: true) } != nil)
        #expect(caught(JSONError.self) { try check(Array("[-NaNa]".utf8), nonFinite: true) } != nil)
    }

    @Test func reportsTheByteOfAnError() {
        // 0123456789
        // {"a": [1 2
        let error = refusal(Array("{\"a\": [1 2]}".utf8))
        #expect(error?.offset == 9)
        #expect(error?.problem == .unexpectedByte(0x32, expected: "',' or ']'"))
    }

    @Test(arguments: [
        ("\"plain\"", "plain"), ("\"\\u0041\\u00e9\\u20AC\"", "Aé€"), ("\"\\ud83d\\ude00!\"", "😀!"),
        ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\u{8}\u{C}\n\r\t"), ("\"a\\\\u0041\"", "a\\u0041"),
        ("\"é\\n€\"", "é\n€"),
    ])
    func decodesText(_ text: String, _ expected: String) throws {
        let decoded = try Array(text.utf8).withUnsafeBytes { buffer in
            var json = JSONReader(buffer)
            return try json.readString()
        }
        #expect(decoded == expected)
    }

    @Test func walksObjectsAndLists() throws {
        let text = Array("{\"a\" : [1, 2.5, []], \"b\\u0031\": {\"c\": null}, \"d\":\"x\"}".utf8)
        try text.withUnsafeBytes { buffer in
            var json = JSONReader(buffer)
            try json.beginObject()
            #expect(try json.nextKey()?.string == "a")
            try json.beginArray()
            #expect(try json.nextElement())
            #expect(try json.readInteger() == 1)
            #expect(try json.nextElement())
            #expect(try json.readDouble() == 2.5)
            #expect(try json.nextElement())
            try json.beginArray()
            #expect(try !json.nextElement())
            #expect(try !json.nextElement())
            let key = try json.nextKey()
            #expect(key?.string == "b1")
            #expect(key?.equals("b1") == true)
            #expect(try json.skipValue() == 32..<43)
            #expect(try json.nextKey()?.equals("d") == true)
            #expect(try json.readString() == "x")
            #expect(try json.nextKey() == nil)
            try json.finish()
        }
    }

    /// Every prefix of a valid text that is not a number at its outermost is incomplete.
    @Test func refusesEveryPrefix() throws {
        let text = Array("{\"a\":[1.5,-2e3,\"é\\u0041\\ud83d\\ude00\",true,null,{\"b\":[[],{}]}]}".utf8)
        try check(text)
        for count in 0..<text.count {
            #expect(refusal(Array(text[..<count])) != nil, "the first \(count) bytes")
        }
    }
}
