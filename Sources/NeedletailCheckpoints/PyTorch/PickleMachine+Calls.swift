/// What the allowed globals make of their arguments.
extension PickleMachine {
    func malformedCall(_ name: String) -> CheckpointError.Reason {
        .malformed(detail: "its pickle calls \(name) with other arguments than PyTorch does (at byte \(position))")
    }

    /// - Throws: `CheckpointError.Reason`.
    mutating func call(_ function: PickleValue, arguments: PickleValue) throws -> PickleValue {
        guard case .tuple(let index) = arguments else {
            throw CheckpointError.Reason.malformed(detail: "its pickle calls something without an argument tuple")
        }
        guard case .global(let global) = function else {
            throw CheckpointError.Reason.malformed(detail: "its pickle calls a value of type \(function.typeName)")
        }
        return try call(global, heap.tuples[index])
    }

    private mutating func call(_ global: PickleGlobal, _ arguments: [PickleValue]) throws -> PickleValue {
        switch global {
        case .dictionary(let takesFactory):
            return try newDictionary(takesFactory ? Array(arguments.dropFirst()) : arguments, name: global.name)
        case .list, .tuple:
            let items = arguments.isEmpty ? [] : heap.items(arguments[0])
            guard arguments.count <= 1, let items else { throw malformedCall(global.name) }
            try chargeCopy(of: items.count)
            return global == .list ? heap.list(items) : heap.tuple(items)
        case .rebuildTensor(let version):
            return try rebuildTensor(arguments, version: version)
        case .parameter:
            switch arguments.first {
            case .tensor(let index): return .tensor(index)
            case .unsupportedTensor(let name): return .unsupportedTensor(name)
            default: throw malformedCall(global.name)
            }
        case .rebuildFromType:
            // (function, class, its arguments, attributes)
            guard arguments.count == 4, case .global(let inner) = arguments[0], case .tuple(let index) = arguments[2]
            else { throw malformedCall(global.name) }
            switch inner {
            case .rebuildTensor, .parameter, .rebuildUnsupported: return try call(inner, heap.tuples[index])
            default: throw malformedCall(global.name)
            }
        case .rebuildUnsupported(let name):
            return .unsupportedTensor(name)
        case .encode:
            guard case .string(let text)? = arguments.first else { throw malformedCall(global.name) }
            guard text.utf8.count <= 2 * Self.maximumByteStringCount else { return .inert("bytes") }
            return .bytes(text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
        case .numpyType:
            guard case .string(let name)? = arguments.first else { throw malformedCall(global.name) }
            return .numpyType(name)
        case .numpyScalar:
            return numpyScalar(arguments)
        case .inert(let name):
            return .inert(name)
        case .tensorClass(let name), .storageClass(let name), .scalarType(let name):
            throw CheckpointError.Reason.refusedGlobal(name: "torch.\(name)(...)")
        }
    }

    /// Pickles build containers item by item; only a hostile one copies large ones over and over.
    private mutating func chargeCopy(of count: Int) throws {
        copiedItemCount += count
        guard copiedItemCount <= Self.maximumInstructionCount else {
            throw CheckpointError.Reason.limitExceeded(detail: "its pickle copies containers over and over")
        }
    }

    /// `dict()`, or `dict` of a list of pairs, as Python 2 wrote ordered dictionaries.
    private mutating func newDictionary(_ arguments: [PickleValue], name: String) throws -> PickleValue {
        guard let first = arguments.first else { return heap.dictionary([]) }
        if case .dictionary(let index) = first {
            try chargeCopy(of: heap.dictionaries[index].count)
            return heap.dictionary(heap.dictionaries[index])
        }
        guard arguments.count == 1, let pairs = heap.items(first) else { throw malformedCall(name) }
        try chargeCopy(of: pairs.count)
        var entries: [PickleHeap.Entry] = []
        for pair in pairs {
            guard let items = heap.items(pair), items.count == 2 else { throw malformedCall(name) }
            entries.append(.init(key: items[0], value: items[1]))
        }
        return heap.dictionary(entries)
    }

    /// `_rebuild_tensor(storage, offset, size, stride)`; the second version adds `requires_grad, hooks, metadata`,
    /// the third a dtype before the metadata.
    private mutating func rebuildTensor(_ arguments: [PickleValue], version: Int) throws -> PickleValue {
        let name = "torch._utils._rebuild_tensor_v\(version)"
        let minimumCount = version == 1 ? 4 : version == 2 ? 6 : 7
        guard arguments.count >= minimumCount, arguments.count <= 8,
            case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1],
            let shape = sizes(arguments[2]), let strides = sizes(arguments[3])
        else { throw malformedCall(name) }
        guard heap.tensors.count < Self.maximumTensorCount else {
            throw CheckpointError.Reason.limitExceeded(detail: "it holds more than \(Self.maximumTensorCount) tensors")
        }
        var scalarType: StoredTensor.ScalarType?
        if version == 3 {
            guard case .global(.scalarType(let dtype)) = arguments[6] else { throw malformedCall(name) }
            guard let known = PickleGlobal.scalarTypes[dtype] else {
                return .unsupportedTensor("torch.\(dtype) tensor")
            }
            scalarType = known
        }
        let metadata = version == 3 ? 7 : 6
        if arguments.count > metadata, case .dictionary(let index) = arguments[metadata] {
            // Lazy conjugation and negation: the stored numbers are not the tensor's.
            for entry in heap.dictionaries[index] {
                if case .boolean(true) = entry.value { return .unsupportedTensor("lazily negated tensor") }
            }
        }
        heap.tensors.append(
            .init(storage: storage, offset: offset, shape: shape, strides: strides, scalarType: scalarType))
        return .tensor(heap.tensors.count - 1)
    }

    private func sizes(_ value: PickleValue) -> [Int]? {
        guard let items = heap.items(value), items.count <= StoredTensor.maximumRank else { return nil }
        var sizes: [Int] = []
        for item in items {
            guard case .integer(let size) = item else { return nil }
            sizes.append(Int(size))
        }
        return sizes
    }

    /// `('storage', class, key, location, count)`, and in legacy files `(key, offset, count)` of a view or None.
    mutating func storage(_ id: PickleValue) throws -> PickleValue {
        guard case .tuple(let index) = id else { throw malformedID() }
        let items = heap.tuples[index]
        if items.count == 4, case .string("module") = items[0] {
            throw CheckpointError.Reason.refusedGlobal(name: items[1].typeName)
        }
        guard (5...6).contains(items.count), case .string("storage") = items[0],
            case .global(.storageClass(let typeName)) = items[1], let key = text(items[2]),
            case .integer(let count) = items[4], count >= 0
        else { throw malformedID() }
        var view: (offset: Int64, count: Int64)?
        if items.count == 6, let parts = heap.items(items[5]) {
            guard parts.count == 3, case .integer(let offset) = parts[1], case .integer(let count) = parts[2],
                offset >= 0, count >= 0
            else { throw malformedID() }
            view = (offset, count)
        }
        guard heap.storages.count < Self.maximumTensorCount else {
            throw CheckpointError.Reason.limitExceeded(detail: "it holds more than \(Self.maximumTensorCount) storages")
        }
        heap.storages.append(
            .init(
                key: key, scalarType: PickleGlobal.storageTypes[typeName], typeName: typeName, count: count, view: view)
        )
        return .storage(heap.storages.count - 1)
    }

    private func text(_ value: PickleValue) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        default: nil
        }
    }

    private func malformedID() -> CheckpointError.Reason {
        .malformed(detail: "its pickle refers to a storage in an unknown way (at byte \(position))")
    }

    /// `scalar(dtype, bytes)`; what is no plain number is kept as an unknown value, since no weight depends on it.
    private func numpyScalar(_ arguments: [PickleValue]) -> PickleValue {
        guard arguments.count == 2, case .numpyType(let type) = arguments[0] else { return .inert("numpy scalar") }
        let bytes: [UInt8]
        switch arguments[1] {
        case .bytes(let raw): bytes = raw
        case .string(let text): bytes = Array(text.utf8)
        default: return .inert("numpy scalar")
        }
        return bytes.withUnsafeBytes { raw in
            switch (type, raw.count) {
            case ("f8", 8): .real(raw.loadUnaligned(as: Double.self))
            case ("f4", 4): .real(Double(raw.loadUnaligned(as: Float.self)))
            case ("i8", 8): .integer(raw.loadUnaligned(as: Int64.self))
            case ("i4", 4): .integer(Int64(raw.loadUnaligned(as: Int32.self)))
            case ("b1", 1): .boolean(raw[0] != 0)
            default: .inert("numpy scalar")
            }
        }
    }
}
