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

    init(_ bytes: [UInt8]) {
        size = bytes.count
        path = nil
        prefix = bytes
        descriptor = -1
    }

    /// Opens a regular file. A folder, pipe or device is refused without waiting for it.
    init(path: String) throws(ImageError) {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            throw ImageError(
                errno == ENOENT || errno == ENOTDIR ? .missing : .unreadable(systemMessage(errno)), path: path)
        }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(file)
            throw ImageError(.notAFile, path: path)
        }
        size = Int(status.st_size)
        self.path = path
        prefix = Self.read(file, at: 0, count: min(size, 4096))
        descriptor = file
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Up to `count` bytes from `offset` on; fewer at the end.
    func bytes(at offset: Int, count: Int) -> [UInt8] {
        guard offset >= 0, offset < size, count > 0 else { return [] }
        let count = min(count, size - offset)
        if offset + count <= prefix.count { return Array(prefix[offset..<offset + count]) }
        guard descriptor >= 0 else { return [] }
        return Self.read(descriptor, at: offset, count: count)
    }

    /// All bytes.
    func all() throws(ImageError) -> [UInt8] {
        let all = bytes(at: 0, count: size)
        guard all.count == size else { throw ImageError(.unreadable("it changed while being read"), path: path) }
        return all
    }

    private static func read(_ descriptor: Int32, at offset: Int, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = 0
            while initialized < count, let start = buffer.baseAddress {
                let got = pread(descriptor, start + initialized, count - initialized, off_t(offset + initialized))
                if got < 0 && errno == EINTR { continue }
                if got <= 0 { break }
                initialized += got
            }
        }
    }
}
