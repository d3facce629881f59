import NeedletailPlatform

/// Keeps a run's folder to one program at a time.
///
/// The lock is the system's and ends with the process, however that ends. The file that carries it holds the number of
/// the process, for the message to the second one, and is removed with the lock.
final class RunLock: Sendable {
    private let path: String
    /// Below 0 on a file system that has no locks: better unguarded than not at all.
    private let descriptor: Int32

    /// - Throws: ``TrainingError`` when another process has the lock, or the file cannot be made.
    init(path: String, folder: String) throws {
        self.path = path
        while true {
            let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
            guard file >= 0 else {
                throw TrainingError(
                    .folder, path, problem: "this file cannot be made (\(String(cString: strerror(errno))))",
                    remedy: "May you write to the folder, and is there space on the disk?")
            }
            if flock(file, LOCK_EX | LOCK_NB) != 0 {
                defer { close(file) }
                guard errno == EWOULDBLOCK else {
                    descriptor = -1
                    return
                }
                throw Self.held(by: file, folder: folder)
            }
            // Whoever had the lock before may have removed the file between our opening and locking it.
            var own = stat()
            var named = stat()
            guard fstat(file, &own) == 0, stat(path, &named) == 0, own.st_ino == named.st_ino else {
                close(file)
                continue
            }
            let text = Array("\(getpid())\n".utf8)
            if ftruncate(file, 0) == 0 { _ = write(file, text, text.count) }
            descriptor = file
            return
        }
    }

    deinit {
        guard descriptor >= 0 else { return }
        unlink(path)
        close(descriptor)
    }

    /// - Throws: ``TrainingError`` when another process has the lock.
    static func requireFree(path: String, folder: String) throws {
        let file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { return }
        // Closing it ends a lock that was got.
        defer { close(file) }
        if flock(file, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK { throw held(by: file, folder: folder) }
    }

    private static func held(by file: Int32, folder: String) -> TrainingError {
        let owner = number(in: file).map { "process \($0)" } ?? "another process"
        return TrainingError(
            .folder, folder, problem: "\(owner) is training into this folder",
            remedy: "Wait for its end, stop it, or give another folder.")
    }

    private static func number(in file: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(file, &bytes, bytes.count, 0)
        return Int(String(decoding: bytes.prefix(max(count, 0)).prefix { $0 != 0x0A }, as: UTF8.self))
    }
}
