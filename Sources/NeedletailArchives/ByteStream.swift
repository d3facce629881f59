import CZlib

/// Bytes that come one after another.
protocol ByteStream: AnyObject {
    /// Fills the buffer as far as there are bytes.
    ///
    /// - Returns: How many there were; 0 at the end.
    /// - Throws: ``ContentFault``.
    func read(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int

    /// Bytes of the archive that have been read.
    var consumed: Int { get }
}

extension ByteStream {
    /// Fills the whole buffer.
    ///
    /// - Throws: ``ContentFault`` when there are fewer bytes.
    func readAll(_ buffer: UnsafeMutableRawBufferPointer) throws {
        var done = 0
        while done < buffer.count {
            let count = try read(UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
            guard count > 0 else { throw ContentFault.truncated(detail: "it ends in the middle of an entry") }
            done += count
        }
    }
}

/// Bytes as they lie in a file.
final class StoredStream: ByteStream {
    private let bytes: UnsafeRawBufferPointer
    private(set) var consumed = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    func read(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, bytes.count - consumed)
        guard count > 0 else { return 0 }
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[consumed..<consumed + count]))
        consumed += count
        return count
    }
}

/// Bytes that were deflated: as an entry of a zip archive is, or as gzip does, several members in a row.
final class InflatedStream: ByteStream {
    enum Form {
        case raw, gzip

        /// How zlib is told.
        fileprivate var windowBits: Int32 { self == .raw ? -15 : 31 }
    }

    private let bytes: UnsafeRawBufferPointer
    private let form: Form
    // zlib keeps the address of its stream and refuses one that was moved.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private var isOver = false
    private(set) var consumed = 0

    private static let mostAtOnce = 1 << 30

    init(_ bytes: UnsafeRawBufferPointer, form: Form) throws {
        self.bytes = bytes
        self.form = form
        stream.initialize(to: z_stream())
        let code = inflateInit2_(stream, form.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { throw ContentFault.unsupported(detail: "zlib cannot be used (\(code))") }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    func read(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard !isOver, let target = buffer.bindMemory(to: UInt8.self).baseAddress else { return 0 }
        let room = min(buffer.count, Self.mostAtOnce)
        stream.pointee.next_out = target
        stream.pointee.avail_out = UInt32(room)
        while stream.pointee.avail_out > 0, !isOver {
            let part = min(bytes.count - consumed, Self.mostAtOnce)
            guard part > 0, let start = bytes.bindMemory(to: UInt8.self).baseAddress else {
                throw ContentFault.truncated(detail: "its compressed data ends too early")
            }
            // zlib only reads what it is given, though its interface does not say so.
            stream.pointee.next_in = UnsafeMutablePointer(mutating: start + consumed)
            stream.pointee.avail_in = UInt32(part)
            let code = inflate(stream, Z_NO_FLUSH)
            consumed += part - Int(stream.pointee.avail_in)
            switch code {
            case Z_OK: continue
            case Z_STREAM_END: try endMember()
            default: throw ContentFault.malformed(detail: "its compressed data is damaged at byte \(consumed)")
            }
        }
        return room - Int(stream.pointee.avail_out)
    }

    /// Goes on with another member of a gzip file, if there is one.
    private func endMember() throws {
        let rest = bytes[consumed...]
        guard form == .gzip, rest.count > 2, rest.starts(with: [0x1f, 0x8b]) else {
            isOver = true
            return
        }
        guard inflateReset(stream) == Z_OK else { throw ContentFault.malformed(detail: "zlib cannot go on") }
    }
}

/// The check value of zip archives and gzip files.
func checksum(_ bytes: UnsafeRawBufferPointer, after start: UInt32) -> UInt32 {
    UInt32(truncatingIfNeeded: crc32_z(UInt(start), bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count))
}
