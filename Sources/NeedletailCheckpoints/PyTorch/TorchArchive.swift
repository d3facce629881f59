import NeedletailArchives
import NeedletailSystem

/// The zip format of PyTorch 1.6 and later: `<root>/data.pkl` and one stored entry per storage,
/// `<root>/data/<key>`, where `<root>` is any name.
enum TorchArchive {
    static let signature: [UInt8] = [0x50, 0x4b, 0x03, 0x04]
    /// A pickle of a hundred thousand tensors takes about 20 MB.
    private static let maximumPickleByteCount = 256 << 20

    /// - Throws: `CheckpointError.Reason`.
    static func read(_ file: ByteSource, under key: String?) throws -> (TorchObject.StateDictionary, [StoredTensor]) {
        let directory = try ZipDirectory(file.bytes)
        if let entry = directory.entries.first(where: { $0.method != .stored }) {
            throw CheckpointError.Reason.unsupported(
                detail: "entry '\(printable(entry.name))' is compressed, which PyTorch never does; save the file again "
                    + "with torch.save, or unpack it and zip it again without compression")
        }
        let root = try root(of: directory)
        guard directory["\(root)/constants.pkl"] == nil else {
            throw CheckpointError.Reason.unsupported(
                detail: "this is a TorchScript program, not weights. Load it in PyTorch and save its state_dict()")
        }
        guard let pickleRange = directory["\(root)/data.pkl"] else {
            throw CheckpointError.Reason.unrecognized(detail: "a zip archive without data.pkl")
        }
        guard pickleRange.count <= maximumPickleByteCount else {
            throw CheckpointError.Reason.limitExceeded(detail: "its pickle has \(pickleRange.count) bytes")
        }
        let isBigEndian = try byteOrder(directory["\(root)/byteorder"], in: file)

        var machine = PickleMachine(UnsafeRawBufferPointer(rebasing: file.bytes[pickleRange]))
        let value = try machine.run()
        let object = TorchObject(heap: machine.heap, root: value)
        let state = try object.stateDictionary(under: key)
        let tensors = try object.tensors(state.tensors, isByteSwapped: isBigEndian, in: file) { storage, byteCount in
            guard let range = directory["\(root)/data/\(storage.key)"] else {
                throw CheckpointError.Reason.malformed(detail: "its storage '\(printable(storage.key))' is missing")
            }
            guard byteCount <= range.count else {
                throw CheckpointError.Reason.malformed(
                    detail: "its storage '\(printable(storage.key))' has \(range.count) bytes where "
                        + "\(byteCount) are announced")
            }
            return UnsafeRawBufferPointer(rebasing: file.bytes[range.lowerBound..<range.lowerBound + byteCount])
        }
        return (state, tensors)
    }

    private static func root(of directory: ZipDirectory) throws -> String {
        for entry in directory.entries where entry.name.hasSuffix("/data.pkl") {
            let root = entry.name.dropLast("/data.pkl".count)
            if !root.contains("/") { return String(root) }
        }
        throw CheckpointError.Reason.unrecognized(detail: "a zip archive without <name>/data.pkl")
    }

    private static func byteOrder(_ range: Range<Int>?, in file: ByteSource) throws -> Bool {
        guard let range else { return false }
        switch String(decoding: file.bytes[range].prefix(16), as: UTF8.self) {
        case "little": return false
        case "big": return true
        case let other:
            throw CheckpointError.Reason.malformed(detail: "unknown byte order '\(printable(other))'")
        }
    }
}
