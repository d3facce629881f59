import NeedletailArchives
import NeedletailSystem

extension TorchObject {
    /// The storages' bytes, by key.
    ///
    /// - Parameters of the closure: the storage and its size in bytes.
    typealias StorageBytes = (PickleHeap.Storage, _ byteCount: Int) throws -> UnsafeRawBufferPointer

    /// Joins the tensors' descriptions with their bytes.
    ///
    /// - Throws: `CheckpointError.Reason`, for one when a tensor reaches outside its storage.
    func tensors(
        _ named: [(name: String, tensor: Int)], isByteSwapped: Bool = false, in file: ByteSource, bytes: StorageBytes
    ) throws -> [StoredTensor] {
        try named.map { name, index in
            let record = heap.tensors[index]
            let storage = heap.storages[record.storage]
            guard let storageType = storage.scalarType else {
                throw CheckpointError.Reason.unsupported(
                    detail: "tensor '\(printable(name))' is kept in a \(storage.typeName), which is not supported")
            }
            guard let offset = Int(exactly: record.offset) else {
                throw CheckpointError.Reason.malformed(detail: "tensor '\(printable(name))' has an impossible offset")
            }
            // An empty tensor needs no bytes, and its storage may not have been written.
            if record.shape.contains(0) {
                return try StoredTensor(
                    name: name, scalarType: record.scalarType ?? storageType, shape: record.shape,
                    storage: UnsafeRawBufferPointer(start: nil, count: 0), file: file)
            }
            var region = try bytes(storage, byteCount(storage.count, of: storageType, name: name))
            if let view = storage.view {
                let start = try byteCount(view.offset, of: storageType, name: name)
                let count = try byteCount(view.count, of: storageType, name: name)
                guard start <= region.count, count <= region.count - start else {
                    throw CheckpointError.Reason.malformed(
                        detail: "tensor '\(printable(name))' lies in a view outside its storage")
                }
                region = UnsafeRawBufferPointer(rebasing: region[start..<start + count])
            }
            return try StoredTensor(
                name: name, scalarType: record.scalarType ?? storageType, shape: record.shape, strides: record.strides,
                offset: offset, storage: region, isByteSwapped: isByteSwapped, file: file)
        }
    }

    private func byteCount(_ count: Int64, of type: StoredTensor.ScalarType, name: String) throws -> Int {
        let (bytes, overflows) = Int(count).multipliedReportingOverflow(by: type.byteCount)
        guard !overflows else {
            throw CheckpointError.Reason.malformed(
                detail: "tensor '\(printable(name))' lies in a storage of an impossible size")
        }
        return bytes
    }
}
