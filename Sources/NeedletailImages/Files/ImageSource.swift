import NeedletailPlatform
import NeedletailSystem

/// Random access to the bytes of a file or of a buffer, so that a header can be read without the rest.
struct ImageSource: ~Copyable {
    /// Bytes in all.
    let size: Int
    let path: String?
    /// The first bytes: everything for a buffer, some for a file.
    private let prefix: [UInt8]
    private let descriptor: Int32
    /// What the system has said to a read that failed; 0 so far.
    private let trouble = Trouble()

    private final class Trouble { var code: Int32 = 0 }

    /// More bytes are in no picture that could be decoded.
    static let limit = 1 << 31

    init(_ bytes: [UInt8]) {
        size = bytes.count
        path = nil
        prefix = bytes
        descriptor = -1
    }

    /// Opens a regular file. A folder, pipe or device is refused without waiting for it.
    init(path: String) throws(ImageError) {
        let file = Descriptor.open(path, O_RDONLY | O_NONBLOCK)
        guard file >= 0 else {
            throw ImageError(
                errno == ENOENT || errno == ENOTDIR ? .missing : .unreadable(systemMessage(errno)), path: path)
        }
        guard let status = FileStatus.of(file) else {
            let reason = systemMessage(errno)
            _ = Descriptor.close(file)
            throw ImageError(.unreadable(reason), path: path)
        }
        guard status.isRegularFile, status.st_size <= Self.limit else {
            _ = Descriptor.close(file)
            throw ImageError(
                status.isRegularFile
                    ? .unreadable("it has \(status.st_size) bytes, and \(Self.limit) are the limit") : .notAFile,
                path: path)
        }
        size = Int(status.st_size)
        self.path = path
        prefix = Self.read(file, at: 0, count: min(size, 4096), trouble)
        descriptor = file
    }

    deinit {
        if descriptor >= 0 { _ = Descriptor.close(descriptor) }
    }

    /// - Throws: What the system has said to a read that failed: a picture that looks cut off then may be whole.
    func requireRead() throws(ImageError) {
        if trouble.code != 0 { throw ImageError(.unreadable(systemMessage(trouble.code)), path: path) }
    }

    /// Up to `count` bytes from `offset` on; fewer at the end.
    func bytes(at offset: Int, count: Int) -> [UInt8] {
        guard offset >= 0, offset < size, count > 0 else { return [] }
        let count = min(count, size - offset)
        if offset + count <= prefix.count { return Array(prefix[offset..<offset + count]) }
        guard descriptor >= 0 else { return [] }
        return Self.read(descriptor, at: offset, count: count, trouble)
    }

    /// All bytes.
    func all() throws(ImageError) -> [UInt8] {
        let all = bytes(at: 0, count: size)
        try requireRead()
        guard all.count == size else { throw ImageError(.unreadable("it changed while being read"), path: path) }
        return all
    }

    private static func read(_ descriptor: Int32, at offset: Int, count: Int, _ trouble: Trouble) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = 0
            while initialized < count, let start = buffer.baseAddress {
                let got = uninterrupted {
                    pread(descriptor, start + initialized, count - initialized, off_t(offset + initialized))
                }
                if got < 0 { trouble.code = errno }
                if got <= 0 { break }
                initialized += got
            }
        }
    }
}
