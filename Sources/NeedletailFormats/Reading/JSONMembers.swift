import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// The members of one JSON object, found but not yet read.
///
/// Errors name bytes from the start of the whole text. A number that is written as a text is read all the same, and the
/// batch of the record told of it.
struct JSONMembers {
    let bytes: UnsafeRawBufferPointer
    /// Where the object starts.
    let start: Int
    /// Where it ends.
    private let end: Int
    private(set) var members: [(key: JSONText, value: Range<Int>)] = []
    private let batch: RecordBatch

    /// Passes the object at which a reader of `bytes` stands.
    init(_ json: inout JSONReader, in bytes: UnsafeRawBufferPointer, for batch: RecordBatch) throws(JSONError) {
        self.bytes = bytes
        self.batch = batch
        json.skipWhitespace()
        start = json.offset
        try json.beginObject()
        while let key = try json.nextKey() { members.append((key, try json.skipValue())) }
        end = json.offset
    }

    /// The members of a file that is one object and nothing behind it.
    init(_ source: ByteSource, for batch: RecordBatch) throws(JSONError) {
        var json = JSONReader(source.bytes)
        json.acceptsNonFinite = true
        try self.init(&json, in: source.bytes, for: batch)
        try json.finish()
    }

    /// The text of the object.
    var whole: UnsafeBufferPointer<UInt8> { text(start..<end) }

    /// A reader before the value of a key; nil when it is missing or null.
    func reader(_ key: StaticString) throws(JSONError) -> JSONReader? {
        guard let range = members.last(where: { $0.key.equals(key) })?.value else { return nil }
        var json = reader(at: range)
        return try json.peek() == .null ? nil : json
    }

    /// A reader before a member's value.
    func reader(at range: Range<Int>) -> JSONReader {
        var json = JSONReader(bytes, at: range.lowerBound)
        json.acceptsNonFinite = true
        return json
    }

    /// Passes an object inside of this one.
    func inner(_ json: inout JSONReader) throws(JSONError) -> JSONMembers {
        try JSONMembers(&json, in: bytes, for: batch)
    }

    func has(_ key: StaticString) -> Bool { members.contains { $0.key.equals(key) } }

    func double(_ key: StaticString) throws(JSONError) -> Double? {
        guard var json = try reader(key) else { return nil }
        return try double(&json)
    }

    private func double(_ json: inout JSONReader) throws(JSONError) -> Double {
        var isText = false
        let value = try json.readNumberOrText(&isText)
        if isText { batch.hasTextNumber = true }
        return value
    }

    /// A whole number; a number with a fraction is cut off.
    func integer(_ key: StaticString) throws(JSONError) -> Int? {
        guard var json = try reader(key) else { return nil }
        if try json.peek() == .string { return Int(exactly: try double(&json).rounded(.towardZero)) }
        let number = try json.readNumber()
        return number.integer ?? Int(exactly: number.double.rounded(.towardZero))
    }

    func string(_ key: StaticString) throws(JSONError) -> String? {
        guard var json = try reader(key) else { return nil }
        return try json.readString()
    }

    func object(_ key: StaticString) throws(JSONError) -> JSONMembers? {
        guard var json = try reader(key) else { return nil }
        return try inner(&json)
    }

    /// Calls `body` for each element of a list, with the reader before it.
    func forEach(_ key: StaticString, _ body: (inout JSONReader) throws -> Void) throws {
        guard var json = try reader(key) else { return }
        try json.beginArray()
        while try json.nextElement() { try body(&json) }
    }

    /// The numbers of a list.
    func doubles(_ key: StaticString) throws -> [Double] {
        var values: [Double] = []
        try forEach(key) { values.append(try double(&$0)) }
        return values
    }

    /// The points of a list of pairs, as `x, y, x, y ...`.
    func points(_ key: StaticString) throws -> [Double] {
        var values: [Double] = []
        try forEach(key) { json in
            json.skipWhitespace()
            let start = json.offset
            let before = values.count
            try json.beginArray()
            while try json.nextElement() { values.append(try double(&json)) }
            guard values.count == before + 2 else {
                throw RecordProblem(
                    offset: start, problem: "a point has \(values.count - before) numbers", remedy: "Write it as [x, y]"
                )
            }
        }
        return values
    }

    /// A value that must be there.
    func required<Value>(_ key: StaticString, _ value: Value?) throws(RecordProblem) -> Value {
        guard let value else {
            throw RecordProblem(offset: start, problem: "there is no \(key)", remedy: "Add the field \(key)")
        }
        return value
    }

    /// The text of a member's value; empty when it is missing.
    func text(_ key: StaticString) -> UnsafeBufferPointer<UInt8> {
        text(members.last { $0.key.equals(key) }?.value ?? 0..<0)
    }

    /// The text of a member's value.
    func text(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes.bindMemory(to: UInt8.self)[range])
    }

    /// Adds the members that are not among `keys` to the extras, and of those only ones that say something.
    func addOthers(than keys: [StaticString], to extras: ExtrasArena) {
        for (key, range) in members where !keys.contains(where: { key.equals($0) }) {
            let value = text(range)
            if value.elementsEqual("null".utf8) || value.elementsEqual("{}".utf8) { continue }
            extras.add(key.string, .json(value))
        }
    }
}
