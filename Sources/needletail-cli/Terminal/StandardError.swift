import NeedletailPlatform

/// The stream of everything that is not a result.
enum StandardError {
    /// Writes text as it stands. A stream that is closed is no reason to fail.
    static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            guard var next = bytes.baseAddress else { return }
            var left = bytes.count
            while left > 0 {
                let written = NeedletailPlatform.write(STDERR_FILENO, next, left)
                guard written > 0 else { return }
                next += written
                left -= written
            }
        }
    }
}
