import NeedletailModels

/// What the classes of a network are called.
public enum ClassNames {
    /// Those that a file's metadata hold, under the keys and in the forms of the programs that write such files: Ultralytics
    /// (`names`, a Python dictionary), OpenVINO's Model API (`model_info/labels`, with spaces between), MMDeploy and MMDetection
    /// (`classes`, `CLASSES`), Roboflow (`class_names`), Hugging Face (`id2label`), and others that do as these do.
    package static func inMetadata(_ metadata: [String: String]) -> [String]? {
        let found = Dictionary(
            metadata.map { (Self.folded($0.key), $0.value) }.sorted { $0.1 < $1.1 },
            uniquingKeysWith: { first, _ in first })
        for key in keys {
            guard let text = found[key] else { continue }
            // The Model API writes spaces between names, and underscores for those within.
            if let names = read(text, hasSpacesBetween: key.hasSuffix("labels")) { return names }
        }
        return nil
    }

    /// Without case and what stands between words: `model_info/labels` is `modelinfolabels`.
    private static func folded(_ key: String) -> String { key.lowercased().filter { $0.isLetter || $0.isNumber } }

    /// The first that is there and holds names counts.
    private static let keys = [
        "names", "classnames", "id2label", "labelmap", "classes", "labels", "modelinfolabels", "labelnames",
        "classlist",
        "categories", "thingclasses",
    ]

    /// Names in any of the forms in which programs write them: a dictionary or a list of Python's or JSON's, lines, or names
    /// with commas between.
    ///
    /// - Parameter hasSpacesBetween: Whether, where there is nothing else, spaces stand between names.
    /// - Returns: Nil for what is none of these.
    package static func read(_ text: String, hasSpacesBetween: Bool = false) -> [String]? {
        if let names = listed(text) { return names }
        let trimmed = text.drop { $0.isWhitespace }
        // What only looks like one of these is none.
        guard let first = trimmed.first, !"{[('\"".contains(first) else { return nil }
        func parts(_ isBetween: (Character) -> Bool) -> [String] {
            trimmed.split(whereSeparator: isBetween).map { part in
                String(part.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
            }.filter { !$0.isEmpty }
        }
        var names = parts(\.isNewline)
        if names.count == 1 { names = parts { $0 == "," || $0 == ";" } }
        if names.count == 1, hasSpacesBetween { names = parts(\.isWhitespace) }
        // A number of classes is no name.
        return names.isEmpty || (names.count == 1 && Int(names[0]) != nil) ? nil : names
    }

    /// Names in a list or dictionary of Python's or JSON's, by number or with their numbers; nil for any other text.
    public static func listed(_ text: String) -> [String]? {
        var scanner = Scanner(text)
        guard let value = scanner.value(), scanner.isAtEnd else { return nil }
        return value.names
    }

    /// A value of Python or JSON.
    private indirect enum Literal {
        case text(String)
        case number(Int)
        case list([Literal])
        case dictionary([(key: Literal, value: Literal)])

        /// The text, or the member that says what something is called.
        private var name: String? {
            switch self {
            case .text(let text): return text
            case .dictionary(let members):
                for key in ["name", "label", "title"] {
                    for member in members {
                        if case .text(key) = member.key, case .text(let name) = member.value { return name }
                    }
                }
                return nil
            case .number, .list: return nil
            }
        }

        private var index: Int? {
            switch self {
            case .number(let number): number
            case .text(let text): Int(text)
            case .list, .dictionary: nil
            }
        }

        /// The names of classes in their order; nil where it is something else.
        var names: [String]? {
            switch self {
            case .text, .number: return nil
            case .list(let values):
                let names = values.compactMap(\.name)
                return names.isEmpty || names.count < values.count ? nil : names
            case .dictionary(let members):
                // By number, or the numbers by name.
                return Self.ordered(members.map { ($0.key.index, $0.value.name) })
                    ?? Self.ordered(members.map { ($0.value.index, $0.key.name) })
                    ?? members.lazy.compactMap { member in
                        if case .text(let key) = member.key, keys.contains(folded(key)) {
                            member.value.names
                        } else {
                            nil
                        }
                    }.first
            }
        }

        /// Names by numbers without gaps, from 0 or 1.
        private static func ordered(_ members: [(index: Int?, name: String?)]) -> [String]? {
            var names: [Int: String] = [:]
            for (index, name) in members {
                guard let index, let name, names.updateValue(name, forKey: index) == nil else { return nil }
            }
            guard let first = names.keys.min(), first == 0 || first == 1 else { return nil }
            let ordered = (0..<names.count).compactMap { names[first + $0] }
            return ordered.count == names.count ? ordered : nil
        }
    }

    /// The pieces of Python's and JSON's texts.
    private struct Scanner {
        private var rest: Substring
        private var depth = 0
        private static let maximumDepth = 8

        init(_ text: String) { rest = text[...] }

        var isAtEnd: Bool { rest.allSatisfy(\.isWhitespace) }

        private mutating func skipSpace() { rest = rest.drop { $0.isWhitespace } }

        private mutating func take(_ text: String) -> Bool {
            skipSpace()
            guard rest.hasPrefix(text) else { return false }
            rest = rest.dropFirst(text.count)
            return true
        }

        /// A dictionary, a list, a text or a whole number; nil for anything else.
        mutating func value() -> Literal? {
            depth += 1
            defer { depth -= 1 }
            guard depth < Self.maximumDepth else { return nil }
            if take("{") { return dictionary() }
            if take("[") { return list(until: "]") }
            if take("(") { return list(until: ")") }
            return quoted().map { .text($0) } ?? number().map { .number($0) }
        }

        private mutating func list(until end: String) -> Literal? {
            var values: [Literal] = []
            while !take(end) {
                guard let value = value() else { return nil }
                values.append(value)
                if !take(",") { return take(end) ? .list(values) : nil }
            }
            return .list(values)
        }

        private mutating func dictionary() -> Literal? {
            var members: [(key: Literal, value: Literal)] = []
            while !take("}") {
                guard let key = value(), take(":"), let value = value() else { return nil }
                members.append((key, value))
                if !take(",") { return take("}") ? .dictionary(members) : nil }
            }
            return .dictionary(members)
        }

        private mutating func number() -> Int? {
            skipSpace()
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            return number
        }

        private mutating func quoted() -> String? {
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
                    let (meant, end) = escaped(at: next)
                    name.append(meant)
                    index = end
                } else {
                    name.append(character)
                    index = next
                }
            }
            return nil
        }

        /// What a letter behind a backslash stands for, and where it ends: itself, but for `\\u00e9`, as JSON writes letters.
        private func escaped(at start: String.Index) -> (Character, String.Index) {
            let behind = rest.index(after: start)
            if rest[start] == "u", let end = rest.index(behind, offsetBy: 4, limitedBy: rest.endIndex),
                let code = UInt32(rest[behind..<end], radix: 16), let scalar = Unicode.Scalar(code)
            {
                return (Character(scalar), end)
            }
            return (rest[start], behind)
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
