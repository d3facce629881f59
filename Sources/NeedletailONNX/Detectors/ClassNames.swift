import NeedletailModels
import NeedletailText

/// What the classes of a network are called.
enum ClassNames {
    /// Those in the metadata of Ultralytics' files and those that follow them, `{0: 'person', 1: 'car'}`, or of OpenVINO's
    /// Model API, names with spaces between.
    static func inMetadata(_ metadata: [String: String]) -> [String]? {
        if let text = metadata["names"] { return dictionary(text) ?? list(text) }
        if let text = metadata["model_info/labels"] ?? metadata["labels"] ?? metadata["model_info labels"] {
            // A name's own spaces are written as underscores there.
            let names = text.split(separator: " ").map(String.init)
            return names.isEmpty ? nil : names
        }
        return nil
    }

    /// A Python dictionary of numbers and texts, or the same in JSON; nil when it is something else.
    static func dictionary(_ text: String) -> [String]? {
        var scanner = Scanner(text)
        guard scanner.take("{") else { return nil }
        var names: [Int: String] = [:]
        while !scanner.take("}") {
            guard let key = scanner.quoted() ?? scanner.word(), let number = Int(key), (0..<1 << 20).contains(number),
                scanner.take(":"), let name = scanner.quoted()
            else { return nil }
            names[number] = name
            if !scanner.take(",") {
                guard scanner.take("}") else { return nil }
                break
            }
        }
        guard !names.isEmpty, Set(names.keys) == Set(0..<names.count) else { return nil }
        return (0..<names.count).map { names[$0] ?? "" }
    }

    /// A list of texts.
    private static func list(_ text: String) -> [String]? {
        var scanner = Scanner(text), names: [String] = []
        guard scanner.take("[") else { return nil }
        while let name = scanner.quoted() {
            names.append(name)
            if !scanner.take(",") { break }
        }
        return scanner.take("]") && !names.isEmpty ? names : nil
    }

    /// The pieces of Python's and JSON's texts.
    private struct Scanner {
        private var rest: Substring

        init(_ text: String) { rest = text[...] }

        private mutating func skipSpace() { rest = rest.drop { $0.isWhitespace } }

        mutating func take(_ text: String) -> Bool {
            skipSpace()
            guard rest.hasPrefix(text) else { return false }
            rest = rest.dropFirst(text.count)
            return true
        }

        mutating func word() -> String? {
            skipSpace()
            let word = rest.prefix { $0.isNumber }
            rest = rest.dropFirst(word.count)
            return word.isEmpty ? nil : String(word)
        }

        mutating func quoted() -> String? {
            skipSpace()
            guard let mark = rest.first, mark == "'" || mark == "\"" else { return nil }
            var name = "", index = rest.index(after: rest.startIndex)
            while index < rest.endIndex {
                let character = rest[index]
                let next = rest.index(after: index)
                if character == mark {
                    rest = rest[next...]
                    return name
                }
                if character == "\\", next < rest.endIndex {
                    name.append(rest[next])
                    index = rest.index(after: next)
                } else {
                    name.append(character)
                    index = next
                }
            }
            return nil
        }
    }

    /// What a network finds, by the numbers of its outputs.
    ///
    /// - Parameters:
    ///   - names: As many as classes, or with one more for the background in front.
    ///   - count: Nil where a network only numbers what it finds.
    ///   - firstClass: The number of the first class: 1 where 0 is the background.
    static func categories(
        _ names: [String]?, count: Int?, firstClass: Int, path: String
    ) throws -> [DenseDetector.Category] {
        guard var names else {
            // COCO's are numbered without gaps from 0, or with gaps from 1.
            if firstClass == 1 || count == 91 { return DenseDetector.Category.coco(withGaps: true, from: firstClass) }
            guard let count, count != 80 else { return DenseDetector.Category.coco(withGaps: false, from: 0) }
            return (1...count).map { DenseDetector.Category(id: $0, name: "class \($0)", classIndex: $0) }
        }
        if firstClass == 1, ["background", "__background__"].contains(names.first?.lowercased()) {
            names.removeFirst()
        }
        if let count, names.count != count {
            throw ONNXError(
                .unknown, subject: path, problem: "there are \(names.count) names for \(count) classes",
                remedy: "Give a name for each with \(setting: .classNames)")
        }
        let coco = Dictionary(
            DenseDetector.Category.coco(withGaps: false, from: 0).map { ($0.name, $0.id) },
            uniquingKeysWith: { first, _ in first })
        let isCOCO = names.count == 80 && names.allSatisfy { coco[$0] != nil }
        return names.enumerated().map { index, name in
            DenseDetector.Category(id: isCOCO ? coco[name] ?? index + 1 : index + 1, name: name, classIndex: index + 1)
        }
    }
}
