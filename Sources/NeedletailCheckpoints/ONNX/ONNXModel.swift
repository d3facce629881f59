import NeedletailSystem

/// What an ONNX file holds, as its format has it: operators by name, values by name, tensors where they lie in the file.
///
/// Nothing is interpreted. Format: `onnx.proto` of <https://github.com/onnx/onnx>, IR versions 3 to 13.
package struct ONNXModel {
    package var irVersion = 8
    /// The program that wrote it, and its version.
    package var producer = ""
    package var producerVersion = ""
    package var documentation = ""
    /// Which version of the operators of each domain the model speaks of; ONNX's own domain is the empty text.
    package var operatorSets: [String: Int] = [:]
    package var graph = ONNXGraph()
    /// Keys with texts, in the order of the file.
    package var metadata: [(key: String, value: String)] = []
    /// Operators that are made of others.
    package var functions: [ONNXFunction] = []

    package init() {}

    package subscript(metadata key: String) -> String? { metadata.first { $0.key == key }?.value }
}

package struct ONNXGraph: Sendable {
    package var name = ""
    /// What a node reads stands before it.
    package var nodes: [ONNXNode] = []
    /// Constants, by their names.
    package var initializers: [StoredTensor] = []
    /// In files of old, the initializers are among them.
    package var inputs: [ONNXValue] = []
    package var outputs: [ONNXValue] = []

    package init() {}
}

package struct ONNXNode: Sendable {
    package var name: String
    /// Such as `Conv`.
    package var kind: String
    package var domain: String
    /// Empty texts for what is left out.
    package var inputs: [String]
    package var outputs: [String]
    package var attributes: [String: ONNXAttribute]

    package init(
        _ kind: String, name: String = "", domain: String = "", inputs: [String], outputs: [String],
        attributes: [String: ONNXAttribute] = [:]
    ) {
        self.name = name
        self.kind = kind
        self.domain = domain
        self.inputs = inputs
        self.outputs = outputs
        self.attributes = attributes
    }
}

package indirect enum ONNXAttribute: Sendable {
    case float(Float)
    case integer(Int64)
    case text(String)
    case tensor(StoredTensor)
    case graph(ONNXGraph)
    case floats([Float])
    case integers([Int64])
    case texts([String])
    /// The attribute of this name of the function that the node stands in.
    case reference(String)
    /// Of a kind that no operator here reads.
    case other
}

/// An operator that is made of others.
package struct ONNXFunction {
    package var name = ""
    package var domain = ""
    package var inputs: [String] = []
    package var outputs: [String] = []
    package var nodes: [ONNXNode] = []
    /// Attributes that have a value where the caller gives none.
    package var defaults: [String: ONNXAttribute] = [:]
    package var operatorSets: [String: Int] = [:]

    package init() {}
}

/// An input or output of a graph.
package struct ONNXValue: Hashable, Sendable {
    package enum Dimension: Hashable, Sendable {
        case fixed(Int)
        /// Known by a name, or by none.
        case free(String)
    }

    package var name: String
    /// Nil for what is no tensor, or of a kind that is not stated.
    package var scalarType: StoredTensor.ScalarType?
    /// Nil where even their number is open.
    package var dimensions: [Dimension]?

    package init(_ name: String, _ scalarType: StoredTensor.ScalarType?, _ dimensions: [Dimension]?) {
        self.name = name
        self.scalarType = scalarType
        self.dimensions = dimensions
    }
}

extension StoredTensor.ScalarType {
    /// ONNX's `TensorProto.DataType`.
    package var onnxCode: Int {
        switch self {
        case .float32: 1
        case .uint8: 2
        case .int8: 3
        case .uint16: 4
        case .int16: 5
        case .int32: 6
        case .int64: 7
        case .bool: 9
        case .float16: 10
        case .float64: 11
        case .uint32: 12
        case .uint64: 13
        case .bfloat16: 16
        }
    }

    package init?(onnxCode: Int) {
        guard let type = Self.allCases.first(where: { $0.onnxCode == onnxCode }) else { return nil }
        self = type
    }
}

/// Tensors that are made, not read.
extension StoredTensor {
    /// Takes numbers in C order, little-endian.
    ///
    /// - Precondition: `bytes` are those of `shape`.
    package init(name: String, scalarType: ScalarType, shape: [Int], bytes: [UInt8]) {
        precondition(
            Self.elementCount(of: shape).map { $0 * scalarType.byteCount } == bytes.count,
            "\(bytes.count) bytes for \(scalarType)\(shape)")
        let memory = ByteSource(synthetic: bytes, path: name)
        guard
            let tensor = try? StoredTensor(
                name: name, scalarType: scalarType, shape: shape, storage: memory.bytes, file: memory)
        else { preconditionFailure("a tensor of \(shape) has too many dimensions") }
        self = tensor
    }

    package init(name: String, shape: [Int], floats: some Collection<Float>) {
        self.init(
            name: name, scalarType: .float32, shape: shape,
            bytes: Array(floats).map { $0.bitPattern.littleEndian }.withUnsafeBytes(Array.init))
    }

    /// Rounds to the nearest half, to the even one of two.
    package init(name: String, shape: [Int], halves: some Collection<Float>) {
        self.init(
            name: name, scalarType: .float16, shape: shape,
            bytes: Array(halves).map { Self.halfBits(of: $0).littleEndian }.withUnsafeBytes(Array.init))
    }

    package init(name: String, shape: [Int], integers: some Collection<Int64>) {
        self.init(
            name: name, scalarType: .int64, shape: shape,
            bytes: Array(integers).map { $0.littleEndian }.withUnsafeBytes(Array.init))
    }
}
