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
    static func read(_ file: MappedFile) throws -> (tensors: [StoredTensor], metadata: [String: String]) {
        var reader = ByteReader(file.bytes)
        let headerCount = try reader.count(UInt64.self)
        guard headerCount <= maximumHeaderByteCount else {
            throw CheckpointError.Reason.limitExceeded(detail: "its header has \(headerCount) bytes")
        }
        var header = JSONText(try reader.take(headerCount))
        let data = UnsafeRawBufferPointer(rebasing: file.bytes[reader.position...])
        var entries: [Entry] = []
        var metadata: [String: String] = [:]
        var names: Set<String> = []
        try header.object { text, name in
            guard names.insert(name).inserted else { throw text.malformed("'\(printable(name))' is named twice") }
            if name == "__metadata__" {
                try text.object { text, key in
                    let value = try text.string()
                    guard metadata.updateValue(value, forKey: key) == nil else {
                        throw text.malformed("'\(printable(key))' is named twice")
                    }
                }
            } else {
                entries.append(try entry(name, in: &text))
            }
        }
        try header.skipSpace()
        guard header.isAtEnd else { throw header.malformed("something follows the header's end") }
        try checkCover(entries, byteCount: data.count)
        return (try entries.map { try tensor($0, in: data, of: file) }, metadata)
    }

    private static func entry(_ name: String, in text: inout JSONText) throws -> Entry {
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
        try text.object { text, key in
            switch key {
            case "dtype" where type == nil: type = try text.string()
            case "shape" where shape == nil: shape = try numbers(in: &text, limit: StoredTensor.maximumRank)
            case "data_offsets" where offsets == nil: offsets = try numbers(in: &text, limit: 2)
            case "dtype", "shape", "data_offsets":
                throw text.malformed("'\(key)' of tensor '\(printable(name))' is given twice")
            default: try text.skipValue()
            }
        }
        guard let type, let shape, let offsets, offsets.count == 2, offsets[0] <= offsets[1] else {
            throw text.malformed("tensor '\(printable(name))' lacks its dtype, shape or data_offsets")
        }
        return Entry(name: name, type: type, shape: shape, start: offsets[0], end: offsets[1])
    }

    private static func numbers(in text: inout JSONText, limit: Int) throws -> [Int] {
        var numbers: [Int] = []
        try text.array { text in
            guard numbers.count < limit else { throw text.malformed("a list of numbers is too long") }
            numbers.append(try text.count())
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
        _ entry: Entry, in data: UnsafeRawBufferPointer, of file: MappedFile
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
