import NeedletailPlatform
import NeedletailSystem

/// A file of lines that grows with a run and is cut back to where a state was written when the run is resumed: so every
/// line stands once, whatever happened in between.
final class LineLog {
    let path: String
    private var descriptor: Int32 = -1
    /// Bytes in the file that belong to the run.
    private(set) var byteCount = 0

    init(path: String) { self.path = path }

    deinit { if descriptor >= 0 { _ = Descriptor.close(descriptor) } }

    /// Forgets what comes after the first `byteCount` bytes; no bytes mean no file.
    ///
    /// - Returns: Whether the file was at least as long.
    func truncate(to byteCount: Int) throws -> Bool {
        if descriptor >= 0 { _ = Descriptor.close(descriptor) }
        descriptor = -1
        self.byteCount = 0
        guard byteCount > 0 else {
            guard uninterrupted({ unlink(path) }) == 0 || errno == ENOENT else { throw failure() }
            return true
        }
        let file = try opened()
        let length = Int(lseek(file, 0, SEEK_END))
        self.byteCount = min(length, byteCount)
        if length > byteCount, uninterrupted({ ftruncate(file, off_t(byteCount)) }) != 0 { throw failure() }
        return length >= byteCount
    }

    /// Appends whole lines; when that fails, none of them stays.
    func append(_ lines: [String]) throws {
        guard !lines.isEmpty else { return }
        let file = try opened()
        let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
        let code = bytes.withUnsafeBytes { Descriptor.write($0, to: file) }
        guard code == 0 else {
            _ = uninterrupted { ftruncate(file, off_t(byteCount)) }
            throw RunFolder.unwritable(path, reason: systemMessage(code))
        }
        byteCount += bytes.count
    }

    /// Waits until the lines are on the disk.
    func synchronize() throws {
        guard descriptor >= 0 else { return }
        guard uninterrupted({ fsync(descriptor) }) == 0 else { throw failure() }
    }

    private func opened() throws -> Int32 {
        if descriptor >= 0 { return descriptor }
        descriptor = Descriptor.open(path, O_RDWR | O_CREAT | O_APPEND)
        guard descriptor >= 0 else { throw failure() }
        return descriptor
    }

    private func failure() -> TrainingError {
        RunFolder.unwritable(path, reason: systemMessage(errno))
    }
}
