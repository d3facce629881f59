/// A parser that is given anything: what it throws is right, what ends the program or takes for ever is not.
struct FuzzEntry: Sendable {
    let name: String
    /// The name of a file with such content.
    let fileName: String
    /// Words that mutation puts into inputs.
    var words: [String] = []
    let body: @Sendable (FuzzInput) throws -> Void
}

/// An input in memory, and as a file for parsers that read those.
struct FuzzInput {
    let bytes: [UInt8]
    /// A folder that this input has for itself while the parser runs.
    let folder: String
    /// The input as a file in that folder.
    let path: String

    var text: String { String(decoding: bytes, as: UTF8.self) }
}
