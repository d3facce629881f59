import NeedletailKernels

/// Products of pairs of matrices, the last two axes of tensors of one rank whose other axes fit each other.
public struct MatrixProduct: Operator, InferenceOperator {
    public static let name = "matrix-product"

    public init() {}

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        try checkFloats(inputs, count: 2)
        let left = inputs[0].shape.dimensions, right = inputs[1].shape.dimensions, rank = left.count
        guard rank == right.count, rank >= 2, left[rank - 1] == right[rank - 2],
            let outer = ArithmeticKernel.shape(Array(left.dropLast(2)), Array(right.dropLast(2)))
        else { throw OperatorError("\(inputs[0]) and \(inputs[1]) cannot be multiplied") }
        return [TensorType(TensorShape(outer + [left[rank - 2], right[rank - 1]]))]
    }

    public func multiplyAdds(of inputs: [TensorType]) -> Int {
        MatrixProductKernel(left: inputs[0].shape.dimensions, right: inputs[1].shape.dimensions).multiplyAdds
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let kernel = MatrixProductKernel(
            left: site.inputs[0].type.shape.dimensions, right: site.inputs[1].type.shape.dimensions)
        return ForwardStep(Self.name, site, multiplyAdds: kernel.multiplyAdds) { inputs, output, pool in
            kernel.run(inputs[0], inputs[1], output: output, pool: pool)
        }
    }
}
