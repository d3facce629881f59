import NeedletailPlatform

/// Keeps a folder to one program at a time.
///
/// The lock is the system's and ends with the process, however that ends. The file that carries it holds the number of
/// the process, for the message to the second one, and is removed with the lock.
package final class FolderLock: Sendable {
    package enum Failure: Error {
        /// Another process has the lock; its number, where that is known.
        case held(by: Int?)
        /// The file of the lock cannot be made; the system's `errno`.
        case unwritable(Int32)

        /// Who has the lock, or nil.
        package var owner: String? {
            guard case .held(let process) = self else { return nil }
            return process.map { "process \($0)" } ?? "another process"
        }
    }

    private let path: String
    /// Below 0 on a file system that has no locks: better unguarded than not at all.
    private let descriptor: Int32

    /// Takes the lock.
    ///
    /// - Parameter path: Of the file that carries it.
    package init(path: String) throws(Failure) {
        self.path = path
        while true {
            let file = Descriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
            guard file >= 0 else { throw .unwritable(errno) }
            if uninterrupted({ flock(file, LOCK_EX | LOCK_NB) }) != 0 {
                defer { close(file) }
                guard errno == EWOULDBLOCK else {
                    descriptor = -1
                    return
                }
                throw .held(by: Self.number(in: file))
            }
            // Whoever had the lock before may have removed the file between our opening and locking it.
            guard let own = FileStatus.of(file) else {
                defer { close(file) }
                throw .unwritable(errno)
            }
            guard FileStatus.of(path)?.st_ino == own.st_ino else {
                close(file)
                continue
            }
            let text = Array("\(getpid())\n".utf8)
            if uninterrupted({ ftruncate(file, 0) }) == 0 {
                _ = text.withUnsafeBytes { Descriptor.write($0, to: file) }
            }
            descriptor = file
            return
        }
    }

    deinit {
        guard descriptor >= 0 else { return }
        _ = uninterrupted { unlink(path) }
        _ = Descriptor.close(descriptor)
    }

    /// Finds that nobody has a lock; nothing is made.
    package static func requireFree(path: String) throws(Failure) {
        let file = Descriptor.open(path, O_RDWR | O_NOFOLLOW)
        guard file >= 0 else { return }
        // Closing it ends a lock that was got.
        defer { close(file) }
        if uninterrupted({ flock(file, LOCK_EX | LOCK_NB) }) != 0, errno == EWOULDBLOCK {
            throw .held(by: number(in: file))
        }
    }

    private static func number(in file: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = uninterrupted { pread(file, &bytes, bytes.count, 0) }
        return Int(String(decoding: bytes.prefix(max(count, 0)).prefix { $0 != 0x0A }, as: UTF8.self))
    }
}
