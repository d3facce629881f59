import NeedletailKernels

/// The exponentials of the channels of each pixel, or of the numbers of each row, as shares of their sum.
public struct Softmax: Operator {
    public static let name = "softmax"

    public init() {}

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        guard inputs[0].elementType == .float32 else { throw OperatorError("it takes floats, not \(inputs[0])") }
        return inputs
    }

    public func kept(inputCount: Int, trained: Set<Parameter>) -> KeptTensors { KeptTensors(outputs: true) }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let shape = site.outputs[0].type.shape
        return SoftmaxStep(
            kernel: SoftmaxKernel(rows: shape.pixels, channels: shape.channels), buffers: UnaryBuffers(site))
    }
}
