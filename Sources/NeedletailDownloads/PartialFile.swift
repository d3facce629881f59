import NeedletailPlatform
import NeedletailSystem

/// What has arrived of a file, `<destination>.part`, and where it came from, `<destination>.part.source`.
///
/// Locked while open, so that two programs never write into the same file.
final class PartialFile {
    /// What the server said of the content when the first byte came.
    struct Source: Equatable {
        var url: String
        /// A strong entity tag or a date, for `If-Range`; nil if the server gave none.
        var validator: String?
    }

    enum Failure: Error {
        case busy
        case file(String)
    }

    let destination: String
    private let path: String
    private let sourcePath: String
    private let descriptor: Int32
    private(set) var byteCount: Int

    init(for destination: String) throws {
        self.destination = destination
        path = destination + ".part"
        sourcePath = path + ".source"
        // No truncation: what is there may be resumed.
        let file = Descriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
        guard file >= 0 else { throw Failure.file("\(path): cannot write: \(systemMessage(errno))") }
        guard uninterrupted({ flock(file, LOCK_EX | LOCK_NB) }) == 0 else {
            _ = Descriptor.close(file)
            throw Failure.busy
        }
        descriptor = file
        byteCount = max(0, Int(lseek(descriptor, 0, SEEK_END)))
    }

    deinit { _ = Descriptor.close(descriptor) }

    var source: Source? {
        get {
            guard let text = try? ByteSource(mapping: sourcePath) else { return nil }
            let lines = String(decoding: text.bytes.prefix(8192), as: UTF8.self)
                .split(separator: "\n", omittingEmptySubsequences: false)
            guard lines.count >= 2 else { return nil }
            return Source(url: String(lines[0]), validator: lines[1].isEmpty ? nil : String(lines[1]))
        }
        set {
            guard let newValue else {
                unlink(sourcePath)
                return
            }
            // Losing this record only means starting again.
            try? Array("\(newValue.url)\n\(newValue.validator ?? "")\n".utf8).withUnsafeBytes {
                try AtomicFile.write($0, to: sourcePath, waitsForDisk: true)
            }
        }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        let code = Descriptor.write(bytes, to: descriptor)
        guard code == 0 else { throw Failure.file("\(path): cannot write: \(systemMessage(code))") }
        byteCount += bytes.count
    }

    /// Empties the file.
    func restart() throws {
        guard uninterrupted({ ftruncate(descriptor, 0) }) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw Failure.file("\(path): cannot write: \(systemMessage(errno))")
        }
        byteCount = 0
    }

    func sha256() throws -> String {
        do {
            return try Checksum.sha256(ofFile: path)
        } catch {
            throw Failure.file("\(error)")
        }
    }

    /// Gives the file its final name.
    func commit() throws {
        guard uninterrupted({ fsync(descriptor) }) == 0, uninterrupted({ rename(path, destination) }) == 0 else {
            throw Failure.file("\(destination): cannot take its name: \(systemMessage(errno))")
        }
        source = nil
        Descriptor.synchronizeFolder(of: destination)
    }

    func discard() {
        source = nil
        unlink(path)
    }
}
