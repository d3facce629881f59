import NeedletailCheckpoints
import NeedletailKernels

/// Numbers with a shape, as ONNX's operators take and give them.
///
/// Floating-point numbers of every width are computed in single precision, integers in 64 bits; ``kind`` says what they
/// count as.
public struct ONNXTensor: Sendable, Equatable {
    public enum Numbers: Sendable, Equatable {
        case floats([Float])
        /// Of every width; truth values are 0 and 1.
        case integers([Int64])
    }

    public var kind: StoredTensor.ScalarType
    /// Outermost first, in ONNX's order: batch, channels, height, width. Empty for a single number.
    public var shape: [Int]
    /// In C order.
    public private(set) var numbers: Numbers

    /// - Precondition: There are as many numbers as `shape` says.
    public init(_ floats: [Float], shape: [Int], kind: StoredTensor.ScalarType = .float32) {
        precondition(floats.count == shape.reduce(1, *), "\(floats.count) numbers for \(shape)")
        self.kind = kind
        self.shape = shape
        numbers = .floats(floats)
    }

    /// - Precondition: There are as many numbers as `shape` says.
    public init(_ integers: [Int64], shape: [Int], kind: StoredTensor.ScalarType = .int64) {
        precondition(integers.count == shape.reduce(1, *), "\(integers.count) numbers for \(shape)")
        self.kind = kind
        self.shape = shape
        numbers = .integers(integers)
    }

    /// - Throws: `CheckpointError` for integers that do not fit into 64 bits.
    public init(_ stored: StoredTensor) throws {
        if stored.scalarType.isFloatingPoint {
            self.init(try stored.floats(), shape: stored.shape, kind: stored.scalarType)
        } else {
            self.init(try stored.integers(), shape: stored.shape, kind: stored.scalarType)
        }
    }

    public var count: Int {
        switch numbers {
        case .floats(let values): values.count
        case .integers(let values): values.count
        }
    }

    public var rank: Int { shape.count }

    /// The numbers as floats, whatever they are.
    public var floats: [Float] {
        switch numbers {
        case .floats(let values): values
        case .integers(let values): values.map(Float.init)
        }
    }

    /// The same numbers in another shape of as many.
    func reshaped(_ shape: [Int]) -> ONNXTensor {
        var result = self
        precondition(shape.reduce(1, *) == count, "\(count) numbers for \(shape)")
        result.shape = shape
        return result
    }

    /// The numbers at some places, in the order of the places.
    func gathered(_ view: StridedView) -> ONNXTensor {
        switch numbers {
        case .floats(let values): ONNXTensor(view.gathered(values), shape: view.shape, kind: kind)
        case .integers(let values): ONNXTensor(view.gathered(values), shape: view.shape, kind: kind)
        }
    }

    func transposed(_ permutation: [Int]) -> ONNXTensor {
        gathered(StridedView(of: shape).transposed(permutation))
    }

    /// The numbers at given places of the C order.
    func picked(_ places: [Int], shape: [Int]) -> ONNXTensor {
        switch numbers {
        case .floats(let values): ONNXTensor(places.map { values[$0] }, shape: shape, kind: kind)
        case .integers(let values): ONNXTensor(places.map { values[$0] }, shape: shape, kind: kind)
        }
    }
}

extension StridedView {
    /// The values at the places of the view, in their order.
    func gathered<Number>(_ values: [Number]) -> [Number] {
        let count = shape.reduce(1, *)
        return values.withUnsafeBufferPointer { source in
            [Number](unsafeUninitializedCapacity: count) { target, written in
                forEachRun { start, stride, length in
                    for step in 0..<length {
                        (target.baseAddress! + written + step).initialize(to: source[start + step * stride])
                    }
                    written += length
                }
            }
        }
    }
}
