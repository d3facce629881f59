import NeedletailSystem
import NeedletailText

/// How a text that is no JSON begins.
struct TextHead {
    let path: String
    /// The first lines that are not empty, without the spaces around them.
    let lines: [String]

    private static let lineCount = 8
    private static let lineLength = 1 << 12

    init(_ source: ByteSource) {
        path = source.path
        lines = TextLines(source).lazy.map { line in
            TextLines.string(UnsafeBufferPointer(rebasing: line.text.prefix(Self.lineLength))).trimmingSpaces()
        }.filter { !$0.isEmpty }.prefix(Self.lineCount).map(\.self)
    }

    /// The head of a file that can be read; nil otherwise.
    init?(_ path: String) {
        guard let source = try? ByteSource.annotations(path, as: .json) else { return nil }
        self.init(source)
    }

    /// The parts of the first line.
    ///
    /// - Parameter separator: Where they are parted; at runs of spaces and tabs unless given.
    func fields(at separator: Character? = nil) -> [String] {
        guard let line = lines.first else { return [] }
        guard let separator else { return line.split { $0 == " " || $0 == "\t" }.map(String.init) }
        return line.split(separator: separator, omittingEmptySubsequences: false).map { String($0).trimmingSpaces() }
    }
}

extension Collection<String> {
    /// Whether all of them are numbers.
    var areNumbers: Bool { allSatisfy { TextNumber.double($0) != nil } }
}
