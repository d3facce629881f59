/// The Python objects a weight file may name. Everything else is refused.
///
/// None of them is looked up or run: each stands for a construction that this reader carries out itself.
enum PickleGlobal: Equatable {
    /// `dict`, `OrderedDict`, `defaultdict`, `Counter`.
    case dictionary(takesFactory: Bool)
    case list
    case tuple
    /// `torch._utils._rebuild_tensor`, `_v2` and `_v3`.
    case rebuildTensor(version: Int)
    /// `torch._utils._rebuild_parameter` and `torch.nn.Parameter`: the tensor is the first argument.
    case parameter
    case rebuildFromType
    case rebuildUnsupported(String)
    case tensorClass(String)
    case storageClass(String)
    case scalarType(String)
    case encode
    case numpyScalar
    case numpyType
    case inert(String)

    /// - Returns: nil for a global that is not allowed.
    static func named(_ name: String, in module: String) -> PickleGlobal? {
        switch module {
        case "collections":
            switch name {
            case "OrderedDict", "Counter": return .dictionary(takesFactory: false)
            case "defaultdict": return .dictionary(takesFactory: true)
            default: return nil
            }
        case "builtins", "__builtin__":
            switch name {
            case "dict": return .dictionary(takesFactory: false)
            case "list": return .list
            case "tuple": return .tuple
            case "set", "frozenset", "complex", "bytearray", "slice", "range", "xrange", "int", "float", "str", "bool",
                "long":
                return .inert(name)
            default: return nil
            }
        case "_codecs":
            return name == "encode" ? .encode : nil
        case "torch._utils":
            switch name {
            case "_rebuild_tensor": return .rebuildTensor(version: 1)
            case "_rebuild_tensor_v2": return .rebuildTensor(version: 2)
            case "_rebuild_tensor_v3": return .rebuildTensor(version: 3)
            case "_rebuild_parameter", "_rebuild_parameter_with_state": return .parameter
            case "_rebuild_sparse_tensor", "_rebuild_sparse_csr_tensor": return .rebuildUnsupported("sparse tensor")
            case "_rebuild_qtensor": return .rebuildUnsupported("quantised tensor")
            case "_rebuild_meta_tensor_no_storage": return .rebuildUnsupported("tensor without storage")
            case "_rebuild_nested_tensor": return .rebuildUnsupported("nested tensor")
            case "_rebuild_device_tensor_from_numpy", "_rebuild_device_tensor_from_cpu_tensor", "_rebuild_xla_tensor":
                return .rebuildUnsupported("accelerator tensor")
            default: return nil
            }
        case "torch._tensor", "torch.tensor":
            switch name {
            case "_rebuild_from_type_v2": return .rebuildFromType
            case "Tensor": return .tensorClass(name)
            default: return nil
            }
        case "torch.nn.parameter", "torch.nn":
            switch name {
            case "Parameter", "Buffer": return .parameter
            default: return nil
            }
        case "torch.serialization":
            return name == "_get_layout" ? .inert("torch layout") : nil
        case "torch", "torch.cuda", "torch.storage":
            return torch(name)
        case "numpy.core.multiarray", "numpy._core.multiarray":
            return name == "scalar" ? .numpyScalar : name == "_reconstruct" ? .inert("numpy array") : nil
        case "numpy":
            return name == "dtype" ? .numpyType : name == "ndarray" ? .inert("numpy array") : nil
        default:
            return inertGlobals.contains("\(module).\(name)") ? .inert("\(module).\(name)") : nil
        }
    }

    private static func torch(_ name: String) -> PickleGlobal? {
        if name == "Size" { return .tuple }
        if name == "Tensor" { return .tensorClass(name) }
        if scalarTypes[name] != nil || otherScalarTypes.contains(name) { return .scalarType(name) }
        if inertTorchNames.contains(name) { return .inert("torch.\(name)") }
        // FloatStorage, UntypedStorage, FloatTensor: the prefix says the kind of number, checked where it matters.
        if name.hasSuffix("Storage"), name.utf8.allSatisfy(isLetterOrDigit) { return .storageClass(name) }
        if name.hasSuffix("Tensor"), name.utf8.allSatisfy(isLetterOrDigit) { return .tensorClass(name) }
        return nil
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x41...0x5a).contains(byte & 0xdf) || (0x30...0x39).contains(byte)
    }

    /// The scalar type of a PyTorch dtype name.
    static let scalarTypes: [String: StoredTensor.ScalarType] = [
        "bool": .bool, "uint8": .uint8, "int8": .int8, "uint16": .uint16, "int16": .int16, "short": .int16,
        "uint32": .uint32, "int32": .int32, "int": .int32, "uint64": .uint64, "int64": .int64, "long": .int64,
        "float16": .float16, "half": .float16, "bfloat16": .bfloat16, "float32": .float32, "float": .float32,
        "float64": .float64, "double": .float64,
    ]

    /// The scalar type of a PyTorch storage class. Untyped storages count bytes.
    static let storageTypes: [String: StoredTensor.ScalarType] = [
        "BoolStorage": .bool, "ByteStorage": .uint8, "CharStorage": .int8, "ShortStorage": .int16,
        "IntStorage": .int32, "LongStorage": .int64, "HalfStorage": .float16, "BFloat16Storage": .bfloat16,
        "FloatStorage": .float32, "DoubleStorage": .float64, "UntypedStorage": .uint8,
    ]

    private static let otherScalarTypes: Set<String> = [
        "complex32", "complex64", "complex128", "chalf", "cfloat", "cdouble", "qint8", "quint8", "qint32", "quint4x2",
        "quint2x4", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu",
        "float4_e2m1fn_x2",
    ]

    private static let inertTorchNames: Set<String> = [
        "device", "per_tensor_affine", "per_tensor_symmetric", "per_channel_affine", "per_channel_symmetric",
        "per_channel_affine_float_qparams", "strided", "contiguous_format", "channels_last", "preserve_format",
    ]

    /// Plain data that training scripts leave beside the weights.
    private static let inertGlobals: Set<String> = [
        "argparse.Namespace", "types.SimpleNamespace", "collections.deque", "datetime.datetime", "datetime.date",
        "datetime.time", "datetime.timedelta", "pathlib.PosixPath", "pathlib.PurePosixPath", "pathlib.WindowsPath",
        "pathlib.PureWindowsPath", "pathlib._local.PosixPath", "pathlib._local.WindowsPath", "uuid.UUID",
        "decimal.Decimal", "fractions.Fraction",
    ]

    /// The name shown in messages.
    var name: String {
        switch self {
        case .dictionary: "dict"
        case .list: "list"
        case .tuple: "tuple"
        case .rebuildTensor(let version): "torch._utils._rebuild_tensor_v\(version)"
        case .parameter: "torch.nn.Parameter"
        case .rebuildFromType: "torch._tensor._rebuild_from_type_v2"
        case .scalarType(let name): "torch.\(name)"
        case .encode: "_codecs.encode"
        case .numpyScalar: "numpy scalar"
        case .numpyType: "numpy.dtype"
        case .rebuildUnsupported(let name), .tensorClass(let name), .storageClass(let name), .inert(let name): name
        }
    }
}
