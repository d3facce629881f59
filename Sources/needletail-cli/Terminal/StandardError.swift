#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The stream of everything that is not a result.
enum StandardError {
    /// Writes text as it stands. A stream that is closed is no reason to fail.
    static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            guard var next = bytes.baseAddress else { return }
            var left = bytes.count
            while left > 0 {
                #if canImport(Glibc)
                    let written = Glibc.write(STDERR_FILENO, next, left)
                #elseif canImport(Musl)
                    let written = Musl.write(STDERR_FILENO, next, left)
                #else
                    let written = Darwin.write(STDERR_FILENO, next, left)
                #endif
                guard written > 0 else { return }
                next += written
                left -= written
            }
        }
    }
}
