import NeedletailKernels

/// The mean under each window, channel by channel.
public struct AveragePooling: Operator {
    public static let name = "average-pool"

    public var pooling: PoolingWindow
    /// Whether places in the padding count as zeros, or not at all: PyTorch's `count_include_pad`.
    public var countsPadding: Bool

    public init(
        _ size: Extent, stride: Extent, padding: Padding = .valid, roundsUp: Bool = false, countsPadding: Bool = true
    ) {
        pooling = PoolingWindow(size, stride: stride, padding: padding, roundsUp: roundsUp)
        self.countsPadding = countsPadding
    }

    public var attributes: [String] { pooling.attributes + (countsPadding ? [] : ["without-padding"]) }
    public func window(of inputs: [TensorType]) -> Window? { pooling.window }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        try pooling.outputTypes(of: inputs)
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        AveragePoolingStep(
            shape: pooling.shape(of: site.inputs[0].type.shape), countsPadding: countsPadding,
            buffers: UnaryBuffers(site))
    }
}
