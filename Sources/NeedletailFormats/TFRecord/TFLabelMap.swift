import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// The names of classes by their number from 1 on, as TensorFlow's `label_map.pbtxt` has them.
enum TFLabelMap {
    /// What the first such file of a folder says.
    ///
    /// - Throws: ``FileError``; ``AnnotationError`` when it cannot be understood.
    static func names(in folder: String) throws -> [Int: String] {
        guard let file = try Folder.names(in: folder, ending: ".pbtxt").first else { return [:] }
        let path = "\(folder)/\(file)"
        let source = try ByteSource.smallAnnotations(path)
        var names: [Int: String] = [:]
        var fields: [String: String] = [:]
        var key = ""
        for token in tokens(String(decoding: source.text, as: UTF8.self)) {
            switch token {
            case ":": continue
            case "{": (fields, key) = ([:], "")
            case "}":
                if let number = fields["id"].flatMap({ Int($0) }), let name = fields["name"] ?? fields["display_name"] {
                    names[number] = name
                }
                (fields, key) = ([:], "")
            default:
                // Texts begin with their quote.
                if key.isEmpty {
                    key = token
                } else {
                    fields[key] = token.first == "\"" ? String(token.dropFirst()) : token
                    key = ""
                }
            }
        }
        guard !names.isEmpty else {
            throw AnnotationError(
                .schema, file: path, problem: "this label map names no class",
                remedy: "Write item { name: 'cat' id: 1 } for each, or remove the file")
        }
        return names
    }

    /// Words, signs and texts, these behind a quote; what follows `#` on a line is none.
    private static func tokens(_ text: String) -> [String] {
        var tokens: [String] = []
        var rest = text[...]
        while let first = rest.first {
            switch first {
            case "#": rest = rest.drop { !$0.isNewline }
            case ":", "{", "}":
                tokens.append(String(first))
                rest = rest.dropFirst()
            case "'", "\"":
                rest = rest.dropFirst()
                var content = "\""
                while let character = rest.popFirst(), character != first {
                    content.append(character == "\\" ? rest.popFirst() ?? character : character)
                }
                tokens.append(content)
            case let other where other.isWhitespace || other == "," || other == ";": rest = rest.dropFirst()
            default:
                let word = rest.prefix { !$0.isWhitespace && !":{},;#'\"".contains($0) }
                tokens.append(String(word))
                rest = rest.dropFirst(max(word.count, 1))
            }
        }
        return tokens
    }

    static func text(_ names: [String]) -> String {
        names.enumerated().map { place, name in
            let escaped = name.flatMap { ["\"", "\\"].contains($0) ? ["\\", $0] : $0.isNewline ? [" "] : [$0] }
            return "item {\n  name: \"\(String(escaped))\"\n  id: \(place + 1)\n}\n"
        }.joined()
    }
}
