import NeedletailSystem
import NeedletailText

/// A safetensors file to be written: tensors from memory or from other files, and texts.
///
/// Nothing is copied until `write`, which streams one tensor after another.
public struct SafetensorsFile {
    /// Texts kept in the header.
    public var metadata: [String: String]
    private var entries: [Entry] = []

    private struct Entry {
        let name: String
        let scalarType: StoredTensor.ScalarType
        let shape: [Int]
        let byteCount: Int
        let withBytes: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    }

    /// The data starts at a multiple of this, so that a mapping of the file is aligned for vector instructions.
    static let alignment = 64

    public init(metadata: [String: String] = [:]) { self.metadata = metadata }

    /// Adds a tensor of another file, with its type; views are written out in C order.
    public mutating func append(_ tensor: StoredTensor) {
        entries.append(
            Entry(
                name: tensor.name, scalarType: tensor.scalarType, shape: tensor.shape, byteCount: tensor.byteCount,
                withBytes: { body in try tensor.withContiguousBytes(body) }))
    }

    /// Adds floats in C order.
    ///
    /// - Precondition: `floats.count` is the product of `shape`.
    public mutating func append(name: String, shape: [Int], floats: [Float]) {
        append(name: name, scalarType: .float32, shape: shape) { body in try floats.withUnsafeBytes(body) }
    }

    /// Adds a tensor whose bytes are asked for when it is written.
    ///
    /// - Parameter withBytes: Calls its argument once with the elements in C order, little-endian.
    /// - Precondition: `shape` has no negative size.
    public mutating func append(
        name: String, scalarType: StoredTensor.ScalarType, shape: [Int],
        withBytes: @escaping ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) {
        guard let count = StoredTensor.elementCount(of: shape) else { preconditionFailure("impossible shape \(shape)") }
        entries.append(
            Entry(
                name: name, scalarType: scalarType, shape: shape, byteCount: count * scalarType.byteCount,
                withBytes: withBytes))
    }

    /// Writes the file whole or not at all: under a temporary name beside `path`, which it then takes.
    ///
    /// Tensors of wider numbers come first, so that each is aligned for its kind; otherwise the order is kept.
    ///
    /// - Throws: `CheckpointError`; what stood at `path` before is then untouched.
    public func write(to path: String) throws(CheckpointError) {
        func failure(_ reason: CheckpointError.Reason) -> CheckpointError {
            CheckpointError(path: path, reason: reason)
        }
        var names: Set<String> = []
        for entry in entries where !names.insert(entry.name).inserted || entry.name == "__metadata__" {
            throw failure(.unsuitableTensor(name: entry.name, detail: "cannot be written: its name is taken"))
        }
        let ordered = [8, 4, 2, 1].flatMap { width in entries.filter { $0.scalarType.byteCount == width } }
        do {
            var output = try AtomicFile(path: path, waitsForDisk: true)
            try header(of: ordered).withUnsafeBytes { try output.write($0) }
            for entry in ordered {
                var written = 0
                try entry.withBytes { bytes in
                    guard bytes.count == entry.byteCount, written == 0 else {
                        throw CheckpointError.Reason.unsuitableTensor(
                            name: entry.name, detail: "has \(bytes.count) bytes for shape \(entry.shape)")
                    }
                    try output.write(bytes)
                    written = bytes.count
                }
                guard written == entry.byteCount else {
                    throw CheckpointError.Reason.unsuitableTensor(name: entry.name, detail: "gave no bytes")
                }
            }
            try output.commit()
        } catch let reason as CheckpointError.Reason {
            throw failure(reason)
        } catch let error as CheckpointError {
            throw error
        } catch let error as FileError {
            throw CheckpointError(error)
        } catch {
            throw failure(.inaccessible(detail: "\(error)"))
        }
    }

    private func header(of ordered: [Entry]) throws -> [UInt8] {
        var text = ByteBuffer(growingFrom: 1 << 12)
        text.append("{")
        if !metadata.isEmpty {
            text.append("\"__metadata__\":{")
            for (place, (key, value)) in metadata.sorted(by: { $0.key < $1.key }).enumerated() {
                if place > 0 { text.append(",") }
                text.appendString(key)
                text.append(":")
                text.appendString(value)
            }
            text.append("}")
        }
        var offset = 0
        for entry in ordered {
            let (end, overflows) = offset.addingReportingOverflow(entry.byteCount)
            guard !overflows else {
                throw CheckpointError.Reason.unsuitableTensor(name: entry.name, detail: "is too large to be written")
            }
            let shape = entry.shape.map(String.init).joined(separator: ",")
            if text.count > 1 { text.append(",") }
            text.appendString(entry.name)
            text.append(
                text: ":{\"dtype\":\"\(entry.scalarType.rawValue)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        text.append("}")
        while (8 + text.count) % Self.alignment > 0 { text.append(UInt8(ascii: " ")) }
        guard text.count <= SafetensorsReader.maximumHeaderByteCount else {
            throw CheckpointError.Reason.limitExceeded(detail: "the header would take \(text.count) bytes")
        }
        return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text.bytes
    }
}
