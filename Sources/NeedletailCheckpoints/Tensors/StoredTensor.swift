import NeedletailSystem

/// A named tensor inside a weight file: a view of mapped bytes, copied nowhere.
///
/// Elements are addressed by strides, because PyTorch files keep transposed and sliced tensors as views of a
/// larger storage. The view was checked to lie inside its storage when the file was read. Copies of the value
/// share the mapping, which lives as long as any of them.
public struct StoredTensor: @unchecked Sendable {
    // Unchecked because of the raw pointer: it leads to read-only memory that `file` keeps alive.

    public let name: String
    public let scalarType: ScalarType
    /// Sizes of the dimensions, outermost first; empty for a scalar.
    public let shape: [Int]
    /// Distance in elements between neighbours of each dimension; zero where one element is repeated.
    public let strides: [Int]
    /// Product of `shape`.
    public let elementCount: Int

    /// From the first element to the last byte the view can touch.
    let bytes: UnsafeRawBufferPointer
    let isByteSwapped: Bool
    private let file: ByteSource

    static let maximumRank = 64
    /// A view may repeat elements (stride 0) only up to this many: a few bytes must not announce terabytes.
    static let maximumRepeatedElementCount = 1 << 24

    /// Checks that every element lies inside `storage`.
    ///
    /// - Parameters:
    ///   - strides: In elements; nil for C order.
    ///   - offset: First element, in elements from the start of `storage`.
    init(
        name: String, scalarType: ScalarType, shape: [Int], strides: [Int]? = nil, offset: Int = 0,
        storage: UnsafeRawBufferPointer, isByteSwapped: Bool = false, file: ByteSource
    ) throws(CheckpointError.Reason) {
        func malformed(_ detail: String) -> CheckpointError.Reason {
            .malformed(detail: "tensor '\(name)' \(detail)")
        }
        guard shape.count <= Self.maximumRank else { throw malformed("has \(shape.count) dimensions") }
        guard let count = Self.elementCount(of: shape) else { throw malformed("has an impossible shape \(shape)") }
        let strides = strides ?? Self.contiguousStrides(of: shape)
        guard strides.count == shape.count else {
            throw malformed("has \(shape.count) dimensions and \(strides.count) strides")
        }
        guard offset >= 0, strides.allSatisfy({ $0 >= 0 }) else { throw malformed("has a negative offset or stride") }
        self.name = name
        self.scalarType = scalarType
        self.shape = shape
        self.strides = strides
        self.isByteSwapped = isByteSwapped
        self.file = file
        elementCount = count
        guard count > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }

        var last = offset
        var overflows = false
        for (size, stride) in zip(shape, strides) {
            let (reach, tooFar) = (size - 1).multipliedReportingOverflow(by: stride)
            let (sum, tooLarge) = last.addingReportingOverflow(reach)
            overflows = overflows || tooFar || tooLarge
            last = sum
        }
        let available = storage.count / scalarType.byteCount
        guard !overflows, last < available else {
            throw malformed(
                "of shape \(shape), strides \(strides) and offset \(offset) reaches outside its storage of "
                    + "\(available) elements")
        }
        guard count <= available || count <= Self.maximumRepeatedElementCount else {
            throw .limitExceeded(detail: "tensor '\(name)' repeats \(available) stored elements \(count) times over")
        }
        bytes = UnsafeRawBufferPointer(
            rebasing: storage[offset * scalarType.byteCount..<(last + 1) * scalarType.byteCount])
    }

    private init(_ other: StoredTensor, name: String) {
        self.name = name
        scalarType = other.scalarType
        shape = other.shape
        strides = other.strides
        elementCount = other.elementCount
        bytes = other.bytes
        isByteSwapped = other.isByteSwapped
        file = other.file
    }

    /// The same tensor under another name.
    public func renamed(_ name: String) -> StoredTensor { StoredTensor(self, name: name) }

    /// Keeps the tensor's memory alive.
    public var owner: AnyObject { file }

    /// The file the tensor lies in.
    public var path: String { file.path }

    /// Size of the tensor in C order, which is also what a safetensors file of it takes.
    public var byteCount: Int { elementCount * scalarType.byteCount }

    /// Whether the elements lie in C order without gaps.
    public var isContiguous: Bool {
        guard elementCount > 0 else { return true }
        var expected = 1
        for (size, stride) in zip(shape, strides).reversed() where size != 1 {
            if stride != expected { return false }
            expected *= size
        }
        return true
    }

    /// Product of `shape`, or nil for a negative size or a product beyond `Int`.
    static func elementCount(of shape: [Int]) -> Int? {
        guard shape.allSatisfy({ $0 >= 0 }) else { return nil }
        if shape.contains(0) { return 0 }
        var count = 1
        for size in shape {
            let (product, overflows) = count.multipliedReportingOverflow(by: size)
            if overflows { return nil }
            count = product
        }
        return count
    }

    /// Strides of C order. Meaningless, but harmless, for an empty shape.
    private static func contiguousStrides(of shape: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        guard !shape.contains(0) else { return strides }
        for axis in shape.indices.dropLast().reversed() {
            strides[axis] = strides[axis + 1] * shape[axis + 1]
        }
        return strides
    }
}
