#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file's bytes, mapped: pages are read when they are first touched, and can be dropped again by the system, so that
/// weights cost no memory of their own. The mapping is private: who takes numbers over where they lie may change them,
/// and the file stays as it is.
///
/// The mapping outlives a rename or removal of the file. A file that another program shortens in place while it
/// is mapped ends the process (`SIGBUS`), as with every mapped file; our own writers replace files instead.
package final class MappedFile: @unchecked Sendable {
    package let path: String
    package let bytes: UnsafeRawBufferPointer

    /// - Throws: `CheckpointError` when the path is no readable regular file.
    package init(path: String) throws(CheckpointError) {
        func failure(_ detail: String) -> CheckpointError {
            CheckpointError(path: path, reason: .inaccessible(detail: detail))
        }
        guard !path.utf8.contains(0) else { throw failure("the path holds a NUL character") }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure("cannot open: \(systemMessage(errno))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("cannot inspect: \(systemMessage(errno))") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw failure(status.st_mode & S_IFMT == S_IFDIR ? "is a folder, not a file" : "is not a regular file")
        }
        let count = Int(status.st_size)
        self.path = path
        guard count > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let base = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
            throw failure("cannot map \(count) bytes: \(systemMessage(errno))")
        }
        bytes = UnsafeRawBufferPointer(start: base, count: count)
    }

    deinit {
        guard let base = bytes.baseAddress else { return }
        munmap(UnsafeMutableRawPointer(mutating: base), bytes.count)
    }
}

/// The system's text for an `errno` value.
package func systemMessage(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
