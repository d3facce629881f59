import CZlib
import NeedletailDatasets
import NeedletailSystem

/// Files that gzip has made smaller.
enum Gzip {
    static func isGzip(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    /// The content of a file, unpacked where it is packed.
    ///
    /// - Parameter limit: Bytes that it may have; more are refused, whatever they are said to be.
    /// - Throws: `FileError`; `AnnotationError` when the file is damaged, ends early or holds too much.
    static func content(of path: String, limit: Int = 1 << 31) throws -> [UInt8] {
        let source = try ByteSource(contentsOf: path)
        guard isGzip(source.bytes) else { return Array(source.bytes) }
        var stream = z_stream()
        // 15 bits of window, and 16 for gzip's header.
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw AnnotationError(
                .syntax, file: path, problem: "the file cannot be unpacked", remedy: "Unpack it with gunzip.")
        }
        defer { inflateEnd(&stream) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        var offset = 0
        var status = Z_OK
        while status == Z_OK || status == Z_BUF_ERROR {
            let (length, isEnd): (Int, Bool) = chunk.withUnsafeMutableBufferPointer { room in
                let input = source.text[offset...].prefix(1 << 20)
                stream.next_in = UnsafeMutablePointer(mutating: UnsafeBufferPointer(rebasing: input).baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = room.baseAddress
                stream.avail_out = UInt32(room.count)
                status = inflate(&stream, Z_NO_FLUSH)
                offset += input.count - Int(stream.avail_in)
                return (room.count - Int(stream.avail_out), input.isEmpty)
            }
            content += chunk[..<length]
            if status == Z_STREAM_END, offset < source.bytes.count, source.text[offset] == 0x1F {
                // Another member follows.
                status = inflateReset(&stream)
                continue
            }
            guard content.count <= limit else {
                throw AnnotationError(
                    .syntax, file: path, problem: "the file holds more than \(limit >> 20) MiB",
                    remedy: "Is it what its name says? Give a part of it.")
            }
            if isEnd, length == 0, status != Z_STREAM_END { status = Z_DATA_ERROR }
        }
        guard status == Z_STREAM_END else {
            throw AnnotationError(
                .syntax, file: path,
                problem: "the packed file is damaged or cut short: \(content.count) bytes could be unpacked",
                remedy: "Fetch or copy it again.")
        }
        return content
    }
}
