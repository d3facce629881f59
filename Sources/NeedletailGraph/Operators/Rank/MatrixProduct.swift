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
        return MatrixProductStep(
            products: kernel,
            convolution: site.convolutions.kernel(for: [
                ConvolutionShape(
                    batch: 1, inputHeight: 1, inputWidth: kernel.rows, inputChannels: kernel.inner,
                    outputChannels: kernel.columns, kernel: 1)
            ]), left: site.inputs[0].buffer, right: site.inputs[1].buffer, output: site.outputs[0].buffer)
    }
}

/// Products of matrices one after the other, the rows of the left one being pixels, and the right one the weights of a
/// convolution of one pixel, which are packed anew each time.
private struct MatrixProductStep: InferenceStep {
    let products: MatrixProductKernel
    let convolution: any ConvolutionKernel
    let left: BufferID
    let right: BufferID
    let output: BufferID

    /// Below so many rows packing takes longer than it saves.
    private static let leastRows = 8

    var label: String {
        "\(MatrixProduct.name) \(products.batch)x \(products.rows)x\(products.inner)x\(products.columns)"
    }
    var multiplyAdds: Int { products.multiplyAdds }
    var scratchCount: Int { convolution.scratchCount }
    private var weightCount: Int { (products.inner * products.columns + 15) / 16 * 16 }
    var sharedScratchCount: Int { weightCount + convolution.packedCount }

    func forward(_ context: ExecutionContext) {
        guard products.rows >= Self.leastRows else {
            return products.run(context[left], context[right], output: context[output], pool: context.pool)
        }
        let weights = context.scratch.shared, packed = weights + weightCount
        let turn = TransposeKernel(batch: 1, rows: products.inner, columns: products.columns)
        var last: Int?
        for product in 0..<products.batch {
            let place = products.starts(of: product)
            if place.right != last {
                turn.run(context[right] + place.right, to: weights, accumulates: false, pool: context.pool)
                convolution.pack(weights: weights, scale: nil, into: packed, pool: context.pool)
                last = place.right
            }
            convolution.forward(
                [
                    ConvolutionMap.Forward(
                        input: context[left] + place.left,
                        output: context[output] + product * products.rows * products.columns)
                ], packed: packed, scratch: context.scratch, pool: context.pool)
        }
    }
}
