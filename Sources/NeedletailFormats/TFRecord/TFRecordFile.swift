import NeedletailArchives
import NeedletailDatasets
import NeedletailSystem

/// The records of a TFRecord file: a length of eight bytes, its check value, as many bytes, and theirs.
struct TFRecordFile {
    private let source: ByteSource
    private var offset = 0
    private var number = 0

    init(_ source: ByteSource) { self.source = source }

    /// Whether a file begins with a record that is right, or is called so and ends too early for one.
    static func isOne(_ bytes: UnsafeRawBufferPointer, path: String) -> Bool {
        guard bytes.count >= 12 else { return !bytes.isEmpty && isNamedSo(path) }
        let sum = bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self).littleEndian
        if CRC32C.masked(UnsafeRawBufferPointer(rebasing: bytes[..<8])) == sum { return true }
        return isNamedSo(path) && bytes.prefix(12).contains(0)
    }

    /// Also of one of several: `train.tfrecord-00000-of-00010`.
    static func isNamedSo(_ path: String) -> Bool {
        guard let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")) else { return false }
        let ending = path[dot...].prefix { $0 != "-" }.lowercased()
        return [".tfrecord", ".tfrecords", ".record"].contains(ending) && !path[dot...].contains("/")
    }

    private func failure(_ problem: String, _ remedy: Remedy = "Copy or download it again") -> AnnotationError {
        AnnotationError(
            .syntax, file: source.path, record: "record \(number)", byteOffset: offset, problem: problem, remedy: remedy
        )
    }

    /// The bytes of the next record; nil behind the last one.
    ///
    /// - Throws: ``AnnotationError`` when the file ends early or a check value is another.
    mutating func next() throws(AnnotationError) -> (number: Int, content: UnsafeRawBufferPointer)? {
        let bytes = source.bytes
        guard offset < bytes.count else { return nil }
        func sum(at place: Int) -> UInt32 { bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self).littleEndian }
        guard bytes.count - offset >= 12 else { throw failure("the file ends inside of a record") }
        guard CRC32C.masked(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + 8])) == sum(at: offset + 8) else {
            throw failure("the check value of the record's length is another: the file is damaged or no TFRecord")
        }
        let length = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
        guard bytes.count - offset >= 16, length <= UInt64(bytes.count - offset - 16), let count = Int(exactly: length)
        else { throw failure("the file ends inside of a record of \(length) bytes") }
        let start = offset + 12
        let content = UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
        guard CRC32C.masked(content) == sum(at: start + count) else {
            throw failure("the check value of the record is another: it is damaged")
        }
        defer {
            offset = start + count + 4
            number += 1
        }
        return (number, content)
    }
}
