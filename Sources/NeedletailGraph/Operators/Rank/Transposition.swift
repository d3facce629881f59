import NeedletailKernels

/// A tensor with its axes in another order.
public struct Transposition: Operator, InferenceOperator {
    public static let name = "transpose"

    /// For each axis of the result the axis of the input that it is.
    public var permutation: [Int]

    /// - Precondition: `permutation` has every axis once.
    public init(_ permutation: [Int]) {
        precondition(permutation.sorted() == Array(permutation.indices), "\(permutation) is no order of axes")
        self.permutation = permutation
    }

    public var attributes: [String] { ["\(permutation)"] }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        try checkFloats(inputs)
        guard inputs[0].shape.rank == permutation.count else {
            throw OperatorError("\(inputs[0]) has not the axes of \(permutation)")
        }
        return [TensorType(TensorShape(permutation.map { inputs[0].shape.dimensions[$0] }))]
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let kernel = AxisOrderKernel(shape: site.inputs[0].type.shape.dimensions, permutation: permutation)
        return ForwardStep(Self.name, site) { inputs, output, pool in kernel.run(inputs[0], to: output, pool: pool) }
    }
}
