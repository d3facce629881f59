import NeedletailSystem

/// A command line as a person can copy it into a shell.
enum ShellCommand {
    /// The words with single quotes around those that a shell would not leave alone.
    static func text(_ words: [String]) -> String { words.map(FilePath.quoted).joined(separator: " ") }
}
