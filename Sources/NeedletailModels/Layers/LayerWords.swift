import NeedletailErrors
import NeedletailGraph
import NeedletailKernels

/// The words of one layer, with their places.
struct LayerWords {
    /// Where something stands in a text.
    struct Position: Hashable, Sendable {
        var file: String?
        /// From 1; likewise the column, in characters.
        var line: Int
        var column: Int
    }

    struct Word {
        var text: String
        var position: Position
        /// `kernel` of `kernel=3`; nil for a word without a name.
        var name: String?
        /// `3` of `kernel=3`, or the word.
        var value: String
    }

    let kind: String
    let position: Position
    /// As written, but for spaces.
    let text: String
    private let words: [Word]

    /// The layers of a text; what is behind a `#` is a remark.
    static func all(of text: String, file: String?) -> [LayerWords] {
        var layers: [LayerWords] = []
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let layer = line.prefix { $0 != "#" }
            for piece in layer.split(separator: ";") {
                let words = piece.split(whereSeparator: \.isWhitespace).map { word in
                    Word(
                        word,
                        at: Position(
                            file: file, line: number + 1,
                            column: line.distance(from: line.startIndex, to: word.startIndex) + 1))
                }
                if !words.isEmpty { layers.append(LayerWords(words)) }
            }
        }
        return layers
    }

    private init(_ words: [Word]) {
        kind = words[0].text
        position = words[0].position
        text = words.map(\.text).joined(separator: " ")
        self.words = Array(words.dropFirst())
    }

    /// The number or size behind the name of the layer.
    var argument: Word? { words.first.flatMap { $0.name == nil && !Self.isFlag($0.text) ? $0 : nil } }

    /// Words without a name, behind the argument.
    private var flags: [Word] { words.filter { $0.name == nil }.dropFirst(argument == nil ? 0 : 1).map { $0 } }

    private static func isFlag(_ word: String) -> Bool { LayerKind.allCases.contains { $0.flags.contains(word) } }

    func has(_ flag: String) -> Bool { flags.contains { $0.text == flag } }

    func setting(_ name: String) -> Word? { words.last { $0.name == name } }

    func error(_ problem: String, _ remedy: Remedy?, at word: Word? = nil, kind: LayerListError.Kind = .syntax)
        -> LayerListError
    {
        LayerListError(
            kind: kind, position: word?.position ?? position, layer: text, problem: problem, remedy: remedy)
    }

    /// - Throws: ``LayerListError`` where there is a word that the layer does not take, or one twice.
    func allow(_ settings: [String], flags allowed: [String]) throws(LayerListError) {
        let taken = settings.map { "\($0)=" } + allowed
        let known: Remedy = taken.isEmpty ? "It takes nothing more." : "It takes \(taken.joined(separator: ", "))."
        var seen: Set<String> = []
        for word in words {
            if let name = word.name {
                guard settings.contains(name) else { throw error("'\(kind)' has no '\(name)'", known, at: word) }
                guard seen.insert(name).inserted else {
                    throw error("'\(name)' is given twice", "Leave one out.", at: word)
                }
            } else if flags.contains(where: { $0.position == word.position }), !allowed.contains(word.text) {
                throw error("'\(word.text)' means nothing here", known, at: word)
            }
        }
    }
}

extension LayerWords.Word {
    init(_ word: Substring, at position: LayerWords.Position) {
        text = String(word)
        self.position = position
        if let sign = word.firstIndex(of: "=") {
            name = String(word[..<sign])
            value = String(word[word.index(after: sign)...])
        } else {
            value = text
        }
    }
}
