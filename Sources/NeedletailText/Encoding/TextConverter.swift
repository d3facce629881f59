import NeedletailPlatform

/// Text in one of the system's encodings as UTF-8.
enum TextConverter {
    enum Outcome {
        /// Allocated for the caller.
        case text(UnsafeMutableRawBufferPointer, count: Int)
        /// The system has no such encoding.
        case unknown
        /// The bytes from here on are no text in it.
        case invalid(offset: Int)
    }

    /// - Parameter encoding: By the name that `iconv` has for it.
    static func utf8(_ bytes: UnsafeRawBufferPointer, from encoding: String) -> Outcome {
        // The system takes options behind a slash, among them to leave out what it cannot convert.
        guard !encoding.contains("/"), let converter = iconv_open("UTF-8", encoding), Int(bitPattern: converter) != -1
        else { return .unknown }
        defer { iconv_close(converter) }
        var output = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count + bytes.count / 2 + 64, alignment: 1)
        var written = 0
        var input = UnsafeMutablePointer<CChar>(mutating: bytes.baseAddress?.assumingMemoryBound(to: CChar.self))
        var inputLeft = bytes.count
        var isFlushing = false
        while true {
            var target = output.baseAddress?.advanced(by: written).assumingMemoryBound(to: CChar.self)
            var room = output.count - written
            let before = room
            let result =
                isFlushing
                ? iconv(converter, nil, nil, &target, &room) : iconv(converter, &input, &inputLeft, &target, &room)
            let code = errno
            written += before - room
            if result != -1 {
                if isFlushing { return .text(output, count: written) }
                isFlushing = true
            } else if code == E2BIG {
                let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: output.count * 2, alignment: 1)
                larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: output[..<written]))
                output.deallocate()
                output = larger
            } else {
                output.deallocate()
                return .invalid(offset: bytes.count - inputLeft)
            }
        }
    }
}
