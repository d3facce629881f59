import NeedletailArchives
import NeedletailSystem

/// The format of PyTorch 0.1.10 to 1.5: five pickles in a row (magic number, version, system, object, storage
/// keys), then for each key a 64-bit element count and the elements, little-endian.
enum TorchLegacyFile {
    /// The pickle of the magic number 0x1950a86a20f9469cfc6c, without its STOP.
    private static let magic: [UInt8] = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]
    private static let version: Int64 = 1001

    /// Protocols differ in the bytes before the number: a version, and a frame from protocol 4 on.
    static func hasSignature(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= 2 + magic.count, bytes[0] == 0x80 else { return false }
        let start = bytes[1] >= 4 ? 2 + 9 : 2
        return bytes.count >= start + magic.count && bytes[start..<start + magic.count].elementsEqual(magic)
    }

    /// - Throws: `CheckpointError.Reason`.
    static func read(_ file: ByteSource, under key: String?) throws -> (TorchObject.StateDictionary, [StoredTensor]) {
        var position = 0
        func next() throws -> (PickleValue, PickleHeap) {
            var machine = PickleMachine(file.bytes, from: position)
            let value = try machine.run()
            position = machine.position
            return (value, machine.heap)
        }
        _ = try next()
        guard case (.integer(version), _) = try next() else {
            throw CheckpointError.Reason.unsupported(detail: "a PyTorch file of an unknown version")
        }
        _ = try next()
        let (root, heap) = try next()
        let (keys, keyHeap) = try next()
        guard let keys = keyHeap.items(keys) else {
            throw CheckpointError.Reason.malformed(detail: "its list of storages is no list")
        }

        var elementSizes: [String: Int] = [:]
        for storage in heap.storages { elementSizes[storage.key] = elementSizes[storage.key] ?? size(of: storage) }
        var ranges: [String: Range<Int>] = [:]
        var reader = ByteReader(file.bytes, at: position)
        for case .string(let storageKey) in keys {
            guard let elementSize = elementSizes[storageKey], ranges[storageKey] == nil else {
                throw CheckpointError.Reason.malformed(
                    detail: "its storage '\(printable(storageKey))' is listed and never used, or listed twice")
            }
            let count = try reader.count(UInt64.self)
            let (byteCount, overflows) = count.multipliedReportingOverflow(by: elementSize)
            guard !overflows else {
                throw CheckpointError.Reason.malformed(
                    detail: "its storage '\(printable(storageKey))' has an impossible size")
            }
            let start = reader.position
            _ = try reader.take(byteCount)
            ranges[storageKey] = start..<start + byteCount
        }

        let object = TorchObject(heap: heap, root: root)
        let state = try object.stateDictionary(under: key)
        let tensors = try object.tensors(state.tensors, in: file) { storage, byteCount in
            guard let range = ranges[storage.key], byteCount <= range.count else {
                throw CheckpointError.Reason.malformed(
                    detail: "its storage '\(printable(storage.key))' is missing or shorter than announced")
            }
            return UnsafeRawBufferPointer(rebasing: file.bytes[range.lowerBound..<range.lowerBound + byteCount])
        }
        return (state, tensors)
    }

    /// Bytes of an element, of unsupported kinds too, because what follows them in the file must be found.
    private static func size(of storage: PickleHeap.Storage) -> Int? {
        if let type = storage.scalarType { return type.byteCount }
        switch storage.typeName {
        case "QInt8Storage", "QUInt8Storage", "QUInt4x2Storage", "QUInt2x4Storage": return 1
        case "QInt32Storage": return 4
        case "ComplexFloatStorage": return 8
        case "ComplexDoubleStorage": return 16
        default: return nil
        }
    }
}
