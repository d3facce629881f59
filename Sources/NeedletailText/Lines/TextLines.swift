import NeedletailSystem

/// The lines of a text file in UTF-8 (see `decoded(as:)`), with `\n` or `\r\n` at their ends, after a byte order mark if there is one.
package struct TextLines: Sequence, IteratorProtocol {
    package struct Line {
        /// Without its end.
        package let text: UnsafeBufferPointer<UInt8>
        /// From 1.
        package let number: Int

        /// The runs of characters between spaces and tabs.
        package var fields: [UnsafeBufferPointer<UInt8>] {
            text.split { $0 <= 0x20 }.map { UnsafeBufferPointer(rebasing: $0) }
        }

        package var string: String { TextLines.string(text) }
    }

    /// A piece of text that was found to be UTF-8.
    package static func string(_ text: UnsafeBufferPointer<UInt8>) -> String { String(decoding: text, as: UTF8.self) }

    private var rest: Slice<UnsafeBufferPointer<UInt8>>
    private var number = 0
    /// The lines are valid as long as this lives.
    private let source: ByteSource

    package init(_ source: ByteSource) {
        self.source = source
        rest = source.text.dropFirst(source.text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
    }

    package mutating func next() -> Line? {
        guard !rest.isEmpty else { return nil }
        let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
        var line = rest[rest.startIndex..<end]
        rest = rest[Swift.min(end + 1, rest.endIndex)...]
        if line.last == 0x0D { line = line.dropLast() }
        number += 1
        return Line(text: UnsafeBufferPointer(rebasing: line), number: number)
    }
}
