/// Bytes that gzip has made fewer.
package enum Gzip {
    package static func isGzip(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    /// What was packed; several members follow one another.
    ///
    /// - Parameter limit: Bytes that there may be, whatever is said of them.
    /// - Returns: Nil when there are more.
    /// - Throws: ``ContentFault``.
    package static func content(of bytes: UnsafeRawBufferPointer, limit: Int) throws -> [UInt8]? {
        try content(of: InflatedStream(bytes, form: .gzip), limit: limit)
    }

    /// Likewise of what zlib alone has packed, with two bytes before it.
    package static func inflated(_ bytes: UnsafeRawBufferPointer, limit: Int) throws -> [UInt8]? {
        guard bytes.count > 2 else { throw ContentFault.truncated(detail: "there is nothing packed") }
        return try content(of: InflatedStream(UnsafeRawBufferPointer(rebasing: bytes[2...]), form: .raw), limit: limit)
    }

    private static func content(of stream: InflatedStream, limit: Int) throws -> [UInt8]? {
        var content: [UInt8] = []
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { chunk.deallocate() }
        while case let count = try stream.read(chunk), count > 0 {
            content += chunk[..<count]
            guard content.count <= limit else { return nil }
        }
        return content
    }
}
