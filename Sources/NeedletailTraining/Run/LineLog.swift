import NeedletailPlatform

/// A file of lines that grows with a run and is cut back to where a state was written when the run is resumed: so every
/// line stands once, whatever happened in between.
final class LineLog {
    let path: String
    private var descriptor: Int32 = -1
    /// Bytes in the file that belong to the run.
    private(set) var byteCount = 0

    init(path: String) { self.path = path }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Forgets what comes after the first `byteCount` bytes; no bytes mean no file.
    ///
    /// - Returns: Whether the file was at least as long.
    func truncate(to byteCount: Int) throws -> Bool {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        self.byteCount = 0
        guard byteCount > 0 else {
            guard unlink(path) == 0 || errno == ENOENT else { throw failure() }
            return true
        }
        let file = try opened()
        let length = Int(lseek(file, 0, SEEK_END))
        self.byteCount = min(length, byteCount)
        if length > byteCount, ftruncate(file, off_t(byteCount)) != 0 { throw failure() }
        return length >= byteCount
    }

    /// Appends whole lines; when that fails, none of them stays.
    func append(_ lines: [String]) throws {
        guard !lines.isEmpty else { return }
        let file = try opened()
        let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { write(file, $0.baseAddress.map { $0 + written }, $0.count - written) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let error = failure()
                ftruncate(file, off_t(byteCount))
                throw error
            }
            written += count
        }
        byteCount += bytes.count
    }

    /// Waits until the lines are on the disk.
    func synchronize() throws {
        guard descriptor >= 0 else { return }
        guard fsync(descriptor) == 0 else { throw failure() }
    }

    private func opened() throws -> Int32 {
        if descriptor >= 0 { return descriptor }
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure() }
        return descriptor
    }

    private func failure() -> TrainingError {
        RunFolder.unwritable(path, reason: String(cString: strerror(errno)))
    }
}
