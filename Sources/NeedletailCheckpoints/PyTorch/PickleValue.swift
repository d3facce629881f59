/// A Python value as far as weight files need it.
///
/// Containers are indices into a `PickleHeap`, not nested values: a pickle can make a list that holds itself, or
/// a million lists inside one another, and neither may leak or recurse when it is thrown away.
enum PickleValue {
    case none
    case boolean(Bool)
    case integer(Int64)
    case real(Double)
    case string(String)
    case bytes([UInt8])
    case list(Int)
    case tuple(Int)
    case dictionary(Int)
    case storage(Int)
    case tensor(Int)
    case global(PickleGlobal)
    /// A NumPy element type, such as `f8`.
    case numpyType(String)
    /// A tensor of a kind weights are not kept in: sparse, quantised, without storage.
    case unsupportedTensor(String)
    /// Something harmless that is not needed: a set, a date, an argument list.
    case inert(String)

    /// The value's Python type, for messages.
    var typeName: String {
        switch self {
        case .none: "None"
        case .boolean: "bool"
        case .integer: "int"
        case .real: "float"
        case .string: "str"
        case .bytes: "bytes"
        case .list: "list"
        case .tuple: "tuple"
        case .dictionary: "dict"
        case .storage: "storage"
        case .tensor: "tensor"
        case .global(let global): global.name
        case .numpyType: "numpy.dtype"
        case .unsupportedTensor(let name), .inert(let name): name
        }
    }
}

/// The containers a pickle made, addressed by index.
struct PickleHeap {
    struct Entry {
        var key: PickleValue
        var value: PickleValue
    }

    /// What a persistent id says of a storage; its bytes are found later.
    struct Storage {
        let key: String
        /// nil for kinds of numbers that are not supported.
        let scalarType: StoredTensor.ScalarType?
        let typeName: String
        /// Elements of the root storage.
        let count: Int64
        /// Legacy files only: this storage is a part of the root.
        let view: (offset: Int64, count: Int64)?
    }

    /// The arguments of one of PyTorch's rebuild functions, unchecked.
    struct Tensor {
        let storage: Int
        let offset: Int64
        let shape: [Int]
        let strides: [Int]
        /// Given apart from the storage by `_rebuild_tensor_v3`.
        let scalarType: StoredTensor.ScalarType?
    }

    var lists: [[PickleValue]] = []
    var tuples: [[PickleValue]] = []
    var dictionaries: [[Entry]] = []
    var storages: [Storage] = []
    var tensors: [Tensor] = []

    mutating func list(_ items: [PickleValue]) -> PickleValue {
        lists.append(items)
        return .list(lists.count - 1)
    }

    mutating func tuple(_ items: [PickleValue]) -> PickleValue {
        tuples.append(items)
        return .tuple(tuples.count - 1)
    }

    mutating func dictionary(_ entries: [Entry]) -> PickleValue {
        dictionaries.append(entries)
        return .dictionary(dictionaries.count - 1)
    }

    /// The items of a list or tuple.
    func items(_ value: PickleValue) -> [PickleValue]? {
        switch value {
        case .list(let index): lists[index]
        case .tuple(let index): tuples[index]
        default: nil
        }
    }
}
