import NeedletailPlatform
import NeedletailSystem

/// A parser that is given anything: what it throws is right, what ends the program or takes for ever is not.
struct FuzzEntry: Sendable {
    let name: String
    /// The name of a file with such content.
    let fileName: String
    /// Words that mutation puts into inputs.
    var words: [String] = []
    /// Whether it writes beside the input, so that each needs a folder of its own.
    var writesFiles = false
    let body: @Sendable (FuzzInput) throws -> Void
}

/// The folder that a process has for inputs.
///
/// Files stay for the next input, which is much faster, unless a parser writes there itself.
final class FuzzFolder {
    let path: String
    private var written: [String: [UInt8]] = [:]
    private var isThere = false

    /// - Parameter path: Made when somebody asks for it.
    init(_ path: String) { self.path = path }

    func make() throws(FileError) {
        if !isThere { try FolderTree.make(path) }
        isThere = true
    }

    /// Puts a file there, unless it is there already with that content; returns its path.
    func write(_ bytes: [UInt8], as name: String) throws(FileError) -> String {
        let path = "\(self.path)/\(name)"
        let before = written[name]
        if before == bytes { return path }
        if before == nil { try FolderTree.make(FilePath.parent(of: path)) }
        isThere = true
        // In place, since nobody but the parser reads it.
        let file = Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC)
        guard file >= 0 else { throw FileError(path: path, action: "write", code: errno) }
        let failure = bytes.withUnsafeBytes { Descriptor.write($0, to: file) }
        let end = Descriptor.close(file)
        guard failure == 0, end == 0 else { throw FileError(path: path, action: "write", code: max(failure, end)) }
        written[name] = bytes
        return path
    }

    /// Removes everything.
    func clear() {
        if isThere { FolderTree.remove(path) }
        isThere = false
        written = [:]
    }
}

/// An input in memory, and as a file for parsers that read those.
struct FuzzInput {
    let bytes: [UInt8]
    fileprivate let place: FuzzFolder
    fileprivate let fileName: String

    init(_ bytes: [UInt8], in place: FuzzFolder, fileName: String) {
        (self.bytes, self.place, self.fileName) = (bytes, place, fileName)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The folder of inputs.
    var folder: String {
        get throws(FileError) {
            try place.make()
            return place.path
        }
    }

    /// The input as a file in that folder.
    var path: String { get throws(FileError) { try write(bytes, as: fileName) } }

    /// Puts a file beside it; returns its path.
    @discardableResult
    func write(_ bytes: [UInt8], as name: String) throws(FileError) -> String { try place.write(bytes, as: name) }
}
