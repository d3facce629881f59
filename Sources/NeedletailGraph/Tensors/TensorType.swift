/// What the numbers of a tensor are.
public enum ElementType: String, Hashable, Sendable {
    case float32, int64, uint8

    /// Bytes of one number.
    public var size: Int {
        switch self {
        case .float32: 4
        case .int64: 8
        case .uint8: 1
        }
    }
}

/// Shape and kind of the numbers of a tensor.
public struct TensorType: Hashable, Sendable, CustomStringConvertible {
    public var shape: TensorShape
    public var elementType: ElementType

    public init(_ shape: TensorShape, _ elementType: ElementType = .float32) {
        self.shape = shape
        self.elementType = elementType
    }

    public var byteCount: Int { shape.count * elementType.size }

    public var description: String { elementType == .float32 ? "\(shape)" : "\(elementType.rawValue)\(shape)" }
}
