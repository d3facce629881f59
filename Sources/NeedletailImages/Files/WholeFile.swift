#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes a file whole or not at all.
enum WholeFile {
    /// Puts `bytes` in a temporary file beside `path`, then renames it over `path`. On failure the temporary
    /// file is removed and what stood at `path` is unchanged.
    static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws(ImageError) {
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: .min ... .max)).part"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw ImageError(.unwritable(systemMessage()), path: path) }
        var failure: String?
        var written = 0
        while written < bytes.count, let start = bytes.baseAddress {
            let count = write(file, start + written, bytes.count - written)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                failure = systemMessage()
                break
            }
            written += count
        }
        if close(file) != 0 && failure == nil { failure = systemMessage() }
        if failure == nil && rename(temporary, path) != 0 { failure = systemMessage() }
        if let failure {
            unlink(temporary)
            throw ImageError(.unwritable(failure), path: path)
        }
    }

    private static func write(_ file: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.write(file, bytes, count)
        #elseif canImport(Musl)
            Musl.write(file, bytes, count)
        #else
            Darwin.write(file, bytes, count)
        #endif
    }
}
