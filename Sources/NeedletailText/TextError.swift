import NeedletailSystem

/// Why a text was refused, and where, before it is known which file it is.
package struct TextError: Error, Hashable, Sendable {
    /// Whether the text breaks the rules of its syntax; otherwise it is well-formed and says something that cannot be.
    package var isSyntax = true
    /// What the caller calls the record in progress.
    package var record: String?
    /// From 1.
    package var line: Int?
    /// Bytes from the start of the text.
    package var offset: Int?
    package var problem: String
    package var remedy: Remedy
}
