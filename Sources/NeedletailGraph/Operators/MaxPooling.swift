import NeedletailKernels

/// The greatest number under each window, channel by channel. Padding never counts.
public struct MaxPooling: Operator {
    public static let name = "max-pool"

    public var pooling: PoolingWindow

    public init(
        _ size: Extent, stride: Extent, padding: Padding = .valid, dilation: Extent = 1, roundsUp: Bool = false
    ) {
        pooling = PoolingWindow(size, stride: stride, padding: padding, dilation: dilation, roundsUp: roundsUp)
    }

    public var attributes: [String] { pooling.attributes }
    public func window(of inputs: [TensorType]) -> Window? { pooling.window }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        try pooling.outputTypes(of: inputs)
    }

    public func kept(inputCount: Int, trained: Set<Parameter>) -> KeptTensors {
        KeptTensors(inputs: [0], outputs: true)
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        MaxPoolingStep(shape: pooling.shape(of: site.inputs[0].type.shape), buffers: UnaryBuffers(site))
    }
}
