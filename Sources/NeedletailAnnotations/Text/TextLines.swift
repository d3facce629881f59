/// The lines of a text file, with `\n` or `\r\n` at their ends, after a byte order mark if there is one.
struct TextLines: Sequence, IteratorProtocol {
    struct Line {
        /// Without its end.
        let text: UnsafeBufferPointer<UInt8>
        /// From 1.
        let number: Int

        /// The runs of characters between spaces and tabs.
        var fields: [UnsafeBufferPointer<UInt8>] {
            text.split { $0 <= 0x20 }.map { UnsafeBufferPointer(rebasing: $0) }
        }

        var string: String { String(decoding: text, as: UTF8.self) }
    }

    private var rest: Slice<UnsafeBufferPointer<UInt8>>
    private var number = 0
    /// The lines are valid as long as this lives.
    private let source: ByteSource

    init(_ source: ByteSource) {
        self.source = source
        rest = source.text.dropFirst(source.text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
    }

    mutating func next() -> Line? {
        guard !rest.isEmpty else { return nil }
        let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
        var line = rest[rest.startIndex..<end]
        rest = rest[Swift.min(end + 1, rest.endIndex)...]
        if line.last == 0x0D { line = line.dropLast() }
        number += 1
        return Line(text: UnsafeBufferPointer(rebasing: line), number: number)
    }
}

/// Numbers in text files, which allow more than JSON does: `.5`, `+1`, `5.`.
enum TextNumber {
    /// The value of a text that is one number; nil when it is something else or not finite.
    static func double(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        var json = JSONReader(UnsafeRawBufferPointer(text))
        if let number = try? json.readNumber(), json.offset == text.count { return number.double }
        guard text.count <= 400 else { return nil }
        var string = String(decoding: text, as: UTF8.self)
        if string.hasPrefix("+") { string.removeFirst() }
        guard let value = Double(string), value.isFinite, !string.contains("x"), !string.contains("X") else {
            return nil
        }
        return value
    }

    static func double(_ text: String) -> Double? {
        var text = text
        return text.withUTF8 { double($0) }
    }

    /// The value of a text that is one whole number, also when it is written `3.0`.
    static func integer(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
        var json = JSONReader(UnsafeRawBufferPointer(text))
        guard let number = try? json.readNumber(), json.offset == text.count else { return nil }
        return number.integer
    }
}
