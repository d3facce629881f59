import NeedletailSystem

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
final class FuzzInput {
    let bytes: [UInt8]
    private let fileName: String
    private let place: String
    /// Whether there is a folder.
    private(set) var isOnDisk = false
    private var isWritten = false

    /// - Parameters:
    ///   - folder: Made when somebody asks for it.
    ///   - fileName: Of the input in it.
    init(_ bytes: [UInt8], folder: String, fileName: String) {
        (self.bytes, place, self.fileName) = (bytes, folder, fileName)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// A folder that this input has for itself while the parser runs.
    var folder: String {
        get throws(FileError) {
            if !isOnDisk { try FolderTree.make(place) }
            isOnDisk = true
            return place
        }
    }

    /// The input as a file in that folder.
    var path: String {
        get throws(FileError) {
            let path = "\(try folder)/\(fileName)"
            if !isWritten { try AtomicFile.write(bytes, to: path) }
            isWritten = true
            return path
        }
    }
}
