/// Why a JSON text was refused, and at which byte.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Problem: Hashable, Sendable {
        /// The text ended inside a value.
        case endOfText
        /// A byte that cannot stand where it stands; `expected` says what can.
        case unexpectedByte(UInt8, expected: String)
        case invalidUTF8
        case controlCharacterInString
        case invalidEscape
        case loneSurrogate
        case invalidNumber
        case tooDeep(limit: Int)
        case trailingText
        /// Valid JSON of a kind that the schema does not allow here.
        case wrongType(expected: String, found: String)
        case notANumber(String)
    }

    public var problem: Problem
    /// Bytes from the start of the text to the offending byte.
    public var offset: Int

    public init(_ problem: Problem, at offset: Int) {
        self.problem = problem
        self.offset = offset
    }

    public var description: String {
        switch problem {
        case .endOfText: "the text ends inside a value: the file is truncated"
        case .unexpectedByte(let byte, let expected):
            "\(Self.name(of: byte)) where \(expected) should stand"
        case .invalidUTF8: "the text is not valid UTF-8"
        case .controlCharacterInString: "a control character inside a string must be escaped"
        case .invalidEscape: "a backslash in a string is followed by something that JSON does not know"
        case .loneSurrogate: "a \\u escape holds half of a surrogate pair"
        case .invalidNumber: "a number that JSON does not allow"
        case .tooDeep(let limit): "values are nested more than \(limit) deep"
        case .trailingText: "there is text after the end of the JSON value"
        case .wrongType(let expected, let found): "\(expected) should stand here, not \(found)"
        case .notANumber(let token): "\(token) is not JSON"
        }
    }

    private static func name(of byte: UInt8) -> String {
        byte > 0x20 && byte < 0x7F ? "'\(Character(UnicodeScalar(byte)))'" : "byte \(byte)"
    }
}
