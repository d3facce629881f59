/// A pull parser over UTF-8 JSON text that lies in memory or in a mapped file.
///
/// The caller asks for what it expects and the parser checks every byte it passes, whether the value is
/// wanted or skipped, so that a text read to its end is valid JSON (RFC 8259). Nothing is allocated except
/// the strings that are asked for, and the recursion of skipped values is a bit stack of fixed size, so
/// neither size nor depth of the input can exhaust memory.
///
/// - A byte order mark at the start is passed over.
/// - Members of an object come in the order of the file and repeated keys are all reported: the caller
///   decides (readers here let the last one win, as Python's `json` does).
/// - `NaN`, `Infinity` and `-Infinity`, which Python's `json` writes, are errors unless
///   ``acceptsNonFinite`` is set.
///
/// The memory must outlive the reader.
public struct JSONReader {
    /// Values may be nested this deep.
    public static let depthLimit = 512

    /// The kind of a value, known from its first byte.
    public enum Kind: Sendable {
        case object, array, string, number, bool, null

        public var phrase: String {
            switch self {
            case .object: "an object"
            case .array: "a list"
            case .string: "a text"
            case .number: "a number"
            case .bool: "true or false"
            case .null: "null"
            }
        }
    }

    public var acceptsNonFinite = false
    /// How many non-finite numbers have been passed.
    public private(set) var nonFiniteCount = 0

    public let base: UnsafePointer<UInt8>
    public let limit: UnsafePointer<UInt8>
    public var cursor: UnsafePointer<UInt8>
    /// Whether the next member or element is the first of its object or list, and so has no comma before it.
    public var isAtStart = true

    /// A reader at `offset` of `bytes`.
    public init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
        let empty: StaticString = ""
        let start = bytes.baseAddress.map { $0.assumingMemoryBound(to: UInt8.self) } ?? empty.utf8Start
        base = start
        limit = start + bytes.count
        cursor = start + min(offset, bytes.count)
        if offset == 0, bytes.count >= 3, start[0] == 0xEF, start[1] == 0xBB, start[2] == 0xBF {
            cursor += 3
        }
    }

    /// Bytes from the start of the text to the next byte to be read.
    @inlinable public var offset: Int { cursor - base }

    // MARK: Structure

    /// The kind of the next value, at which the reader then stands.
    @inlinable
    public mutating func peek() throws(JSONError) -> Kind {
        skipWhitespace()
        guard cursor < limit else { throw error(.endOfText) }
        switch cursor.pointee {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), 0x30...0x39: return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "N"), UInt8(ascii: "I"): return .number
        default: throw unexpected("a value")
        }
    }

    @inlinable
    public mutating func beginObject() throws(JSONError) {
        try begin(.object)
    }

    @inlinable
    public mutating func beginArray() throws(JSONError) {
        try begin(.array)
    }

    @inlinable
    public mutating func begin(_ kind: Kind) throws(JSONError) {
        let found = try peek()
        guard found == kind else { throw wrongType(kind.phrase, found) }
        cursor += 1
        isAtStart = true
    }

    /// The next key of the object that was begun, with the reader before its value; nil at the end of the object.
    @inlinable
    public mutating func nextKey() throws(JSONError) -> JSONText? {
        guard try advance(closing: UInt8(ascii: "}"), expected: "',' or '}'") else { return nil }
        guard cursor < limit else { throw error(.endOfText) }
        guard cursor.pointee == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
        let key = try scanString()
        try passColon()
        return key
    }

    /// Whether the list that was begun has another element, with the reader before it; false once it is closed.
    @inlinable
    public mutating func nextElement() throws(JSONError) -> Bool {
        try advance(closing: UInt8(ascii: "]"), expected: "',' or ']'")
    }

    @inlinable @inline(__always)
    public mutating func advance(closing: UInt8, expected: String) throws(JSONError) -> Bool {
        skipWhitespace()
        guard cursor < limit else { throw error(.endOfText) }
        let byte = cursor.pointee
        if byte == closing {
            // A closing bracket after a comma is stopped where the comma was passed.
            cursor += 1
            isAtStart = false
            return false
        }
        if isAtStart {
            isAtStart = false
            return true
        }
        guard byte == UInt8(ascii: ",") else { throw unexpected(expected) }
        cursor += 1
        skipWhitespace()
        guard cursor < limit else { throw error(.endOfText) }
        guard cursor.pointee != closing else { throw unexpected("a value after ','") }
        return true
    }

    @inlinable @inline(__always)
    public mutating func passColon() throws(JSONError) {
        skipWhitespace()
        guard cursor < limit else { throw error(.endOfText) }
        guard cursor.pointee == UInt8(ascii: ":") else { throw unexpected("':'") }
        cursor += 1
    }

    /// Checks that nothing but white space follows the last value.
    public mutating func finish() throws(JSONError) {
        skipWhitespace()
        guard cursor == limit else { throw error(.trailingText) }
    }

    // MARK: Literals

    /// Passes `null` and returns true when it is next.
    @inlinable
    public mutating func readNull() throws(JSONError) -> Bool {
        guard try peek() == .null else { return false }
        try passLiteral("null")
        return true
    }

    public mutating func readBool() throws(JSONError) -> Bool {
        let kind = try peek()
        guard kind == .bool else { throw wrongType("true or false", kind) }
        let value = cursor.pointee == UInt8(ascii: "t")
        try passLiteral(value ? "true" : "false")
        return value
    }

    public mutating func passLiteral(_ literal: StaticString) throws(JSONError) {
        for index in 0..<literal.utf8CodeUnitCount {
            guard cursor < limit else { throw error(.endOfText) }
            guard cursor.pointee == literal.utf8Start[index] else { throw unexpected("'\(literal)'") }
            cursor += 1
        }
    }

    /// Passes `NaN` or `Infinity` (the sign already passed) when they are allowed.
    mutating func passNonFinite() throws(JSONError) -> Double {
        let start = cursor
        let isNaN = cursor.pointee == UInt8(ascii: "N")
        try passLiteral(isNaN ? "NaN" : "Infinity")
        guard acceptsNonFinite else {
            throw JSONError(.notANumber(isNaN ? "NaN" : "Infinity"), at: start - base)
        }
        nonFiniteCount += 1
        return isNaN ? .nan : .infinity
    }

    // MARK: Cursor

    @inlinable @inline(__always)
    public mutating func skipWhitespace() {
        while cursor < limit {
            let byte = cursor.pointee
            guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            cursor += 1
        }
    }

    public func error(_ problem: JSONError.Problem) -> JSONError {
        JSONError(problem, at: offset)
    }

    public func unexpected(_ expected: String) -> JSONError {
        error(.unexpectedByte(cursor.pointee, expected: expected))
    }

    public func wrongType(_ expected: String, _ found: Kind) -> JSONError {
        error(.wrongType(expected: expected, found: found.phrase))
    }
}
