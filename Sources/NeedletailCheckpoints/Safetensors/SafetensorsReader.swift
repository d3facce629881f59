import NeedletailArchives
import NeedletailSystem
import NeedletailText

/// The safetensors format: a 64-bit header length, a JSON header, then the tensors without gaps, in C order and
/// little-endian. Specification: <https://github.com/huggingface/safetensors>.
enum SafetensorsReader {
    static let maximumHeaderByteCount = 100_000_000

    static func hasSignature(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // Nine bytes are enough to be sure: no other format has a small number followed by a brace.
        guard bytes.count > 8, bytes[8] == UInt8(ascii: "{") else { return false }
        return UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)) <= UInt64(maximumHeaderByteCount)
    }

    private struct Entry {
        let name: String
        let type: String
        let shape: [Int]
        let start: Int
        let end: Int
    }

    /// - Throws: `CheckpointError.Reason`.
    static func read(_ file: ByteSource) throws -> (tensors: [StoredTensor], metadata: [String: String]) {
        var reader = ByteReader(file.bytes)
        let headerCount = try reader.count(UInt64.self)
        guard headerCount <= maximumHeaderByteCount else {
            throw CheckpointError.Reason.limitExceeded(detail: "its header has \(headerCount) bytes")
        }
        var header = JSONReader(try reader.take(headerCount))
        let data = UnsafeRawBufferPointer(rebasing: file.bytes[reader.position...])
        var entries: [Entry] = []
        var metadata: [String: String] = [:]
        var names: Set<String> = []
        do {
            try header.beginObject()
            while let name = try header.nextKey()?.string {
                guard names.insert(name).inserted else { throw header.malformed("'\(printable(name))' is named twice") }
                if name == "__metadata__" {
                    try header.beginObject()
                    while let key = try header.nextKey()?.string {
                        guard metadata.updateValue(try header.readString(), forKey: key) == nil else {
                            throw header.malformed("'\(printable(key))' is named twice")
                        }
                    }
                } else {
                    entries.append(try entry(name, in: &header))
                }
            }
            try header.finish()
        } catch let error as JSONError {
            throw CheckpointError.Reason.malformed(detail: "\(error) at byte \(error.offset) of the header")
        }
        try checkCover(entries, byteCount: data.count)
        return (try entries.map { try tensor($0, in: data, of: file) }, metadata)
    }

    private static func entry(_ name: String, in header: inout JSONReader) throws -> Entry {
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
        try header.beginObject()
        while let key = try header.nextKey()?.string {
            switch key {
            case "dtype" where type == nil: type = try header.readString()
            case "shape" where shape == nil: shape = try numbers(in: &header, limit: StoredTensor.maximumRank)
            case "data_offsets" where offsets == nil: offsets = try numbers(in: &header, limit: 2)
            case "dtype", "shape", "data_offsets":
                throw header.malformed("'\(key)' of tensor '\(printable(name))' is given twice")
            default: try header.skipValue()
            }
        }
        guard let type, let shape, let offsets, offsets.count == 2, offsets[0] <= offsets[1] else {
            throw header.malformed("tensor '\(printable(name))' lacks its dtype, shape or data_offsets")
        }
        return Entry(name: name, type: type, shape: shape, start: offsets[0], end: offsets[1])
    }

    /// Whole numbers that are not negative, written as such.
    private static func numbers(in header: inout JSONReader, limit: Int) throws -> [Int] {
        var numbers: [Int] = []
        try header.beginArray()
        while try header.nextElement() {
            guard numbers.count < limit else { throw header.malformed("a list of numbers is too long") }
            let number = try header.readNumber()
            guard number.isInteger, number.text.first != UInt8(ascii: "-"), let value = number.integer else {
                throw header.malformed("a whole number is due")
            }
            numbers.append(value)
        }
        return numbers
    }

    /// Every byte belongs to exactly one tensor: what no tensor covers could hide other content.
    private static func checkCover(_ entries: [Entry], byteCount: Int) throws {
        var covered = 0
        for entry in entries.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
            guard entry.start == covered else {
                throw CheckpointError.Reason.malformed(
                    detail: "tensor '\(printable(entry.name))' starts at \(entry.start), where \(covered) is due")
            }
            covered = entry.end
        }
        guard covered <= byteCount else {
            throw CheckpointError.Reason.truncated(detail: "its tensors take \(covered) bytes, \(byteCount) are there")
        }
        guard covered == byteCount else {
            throw CheckpointError.Reason.malformed(
                detail: "\(byteCount - covered) bytes at its end belong to no tensor")
        }
    }

    private static func tensor(
        _ entry: Entry, in data: UnsafeRawBufferPointer, of file: ByteSource
    ) throws -> StoredTensor {
        guard let scalarType = StoredTensor.ScalarType(rawValue: entry.type) else {
            throw CheckpointError.Reason.unsupported(
                detail: "tensor '\(printable(entry.name))' holds \(printable(entry.type)) numbers, "
                    + "which are not supported")
        }
        let (byteCount, overflows) = (StoredTensor.elementCount(of: entry.shape) ?? .max)
            .multipliedReportingOverflow(by: scalarType.byteCount)
        guard !overflows, byteCount == entry.end - entry.start else {
            throw CheckpointError.Reason.malformed(
                detail: "tensor '\(printable(entry.name))' of shape \(entry.shape) has "
                    + "\(entry.end - entry.start) bytes")
        }
        return try StoredTensor(
            name: entry.name, scalarType: scalarType, shape: entry.shape,
            storage: UnsafeRawBufferPointer(rebasing: data[entry.start..<entry.end]), file: file)
    }
}

extension JSONReader {
    fileprivate func malformed(_ detail: String) -> CheckpointError.Reason {
        .malformed(detail: "\(detail) at byte \(offset) of the header")
    }
}
