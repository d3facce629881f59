#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that appears under its name only when it is complete and on the disk.
package final class AtomicOutput {
    private let path: String
    private let temporaryPath: String
    private var descriptor: Int32

    /// Creates a hidden file beside `path`, readable as the process's umask allows.
    package init(path: String) throws(CheckpointError) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw CheckpointError(path: path, reason: .inaccessible(detail: "is no file name"))
        }
        self.path = path
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { path[...$0] } ?? ""
        let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
        temporaryPath = "\(folder).\(name).\(String(UInt64.random(in: .min ... .max), radix: 36)).tmp"
        var status = stat()
        guard stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG else {
            throw CheckpointError(path: path, reason: .inaccessible(detail: "exists and is not a regular file"))
        }
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw CheckpointError(
                path: path, reason: .inaccessible(detail: "cannot write beside it: \(systemMessage(errno))"))
        }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(temporaryPath)
    }

    package func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        try writeAll(bytes, to: descriptor)
    }

    /// Gives the file its name. The folder is synchronised too, or a power cut could undo the renaming.
    package func commit() throws {
        guard fsync(descriptor) == 0 else { throw inaccessible("cannot write to the disk") }
        guard rename(temporaryPath, path) == 0 else { throw inaccessible("cannot take its name") }
        close(descriptor)
        descriptor = -1
        synchroniseFolder(of: path)
    }

    private func inaccessible(_ detail: String) -> CheckpointError.Reason {
        .inaccessible(detail: "\(detail): \(systemMessage(errno))")
    }
}

/// Writes every byte, however many calls it takes.
package func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
        // Some systems refuse counts beyond 2^31.
        let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 26))
        let count = write(descriptor, piece.baseAddress, piece.count)
        if count < 0 {
            if errno == EINTR { continue }
            throw CheckpointError.Reason.inaccessible(detail: "cannot write: \(systemMessage(errno))")
        }
        rest = rest.dropFirst(count)
    }
}

package func synchroniseFolder(of path: String) {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
}
