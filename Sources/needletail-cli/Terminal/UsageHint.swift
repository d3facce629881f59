import ArgumentParser
import NeedletailErrors

/// What a person has probably meant by a word on the command line that is no verb and no choice of an option. Of options the
/// parser says so itself.
enum UsageHint {
    /// - Parameters:
    ///   - message: What the parser says is wrong.
    ///   - words: The command line without the program.
    /// - Returns: `Did you mean 'train'?`; nil where nothing is near.
    static func text(_ message: String, words: [String]) -> String? {
        choice(message) ?? verb(words)
    }

    private static func verb(_ words: [String]) -> String? {
        var command: ParsableCommand.Type = Needletail.self
        for word in words where !word.hasPrefix("-") {
            let verbs = command.configuration.subcommands
            if let next = verbs.first(where: { $0._commandName == word }) {
                command = next
                continue
            }
            let names = verbs.filter { $0.configuration.shouldDisplay }.map { $0._commandName }
            return NearestName.of(word, among: names).map { "Did you mean '\($0)'?" }
        }
        return nil
    }

    /// The parser names the value and the choices there are between quotation marks, or the choices as a list.
    private static func choice(_ message: String) -> String? {
        guard let list = message.firstRange(of: "Please provide one of"),
            let value = quoted(message[..<list.lowerBound]).first
        else { return nil }
        let rest = message[list.upperBound...]
        let lines = rest.split(separator: "\n").filter { $0.hasPrefix("  - ") }.map { String($0.dropFirst(4)) }
        return NearestName.of(value, among: lines.isEmpty ? quoted(rest) : lines).map { "Did you mean '\($0)'?" }
    }

    private static func quoted(_ text: Substring) -> [String] {
        let parts = text.split(separator: "'", omittingEmptySubsequences: false)
        return parts.indices.filter { !$0.isMultiple(of: 2) }.map { String(parts[$0]) }
    }
}
