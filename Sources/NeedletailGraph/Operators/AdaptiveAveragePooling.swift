import NeedletailKernels

/// The mean of as many parts of a map as the result has pixels: whatever the size of the map, the result has one.
///
/// Row `i` of `n` is the mean of the rows from `⌊i · height / n⌋` to before `⌈(i + 1) · height / n⌉`, as torch's
/// `adaptive_avg_pool2d` has it; parts overlap where the sizes do not divide.
public struct AdaptiveAveragePooling: Operator {
    public static let name = "adaptive-average-pool"

    public var size: Extent

    public init(_ size: Extent) {
        self.size = size
    }

    public var attributes: [String] { [size.text] }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        guard inputs[0].shape.isMap, inputs[0].elementType == .float32 else {
            throw OperatorError("pooling takes maps [batch, height, width, channels], not \(inputs[0])")
        }
        var type = inputs[0]
        type.shape.height = size.height
        type.shape.width = size.width
        return [type]
    }

    /// The greatest part; where sizes do not divide the stride is rounded.
    public func window(of inputs: [TensorType]) -> Window? {
        let parts = kernel(inputs[0].shape)
        return Window(
            size: Extent(
                height: parts.rows.map(\.count).max() ?? 1, width: parts.columns.map(\.count).max() ?? 1),
            stride: Extent(
                height: max(inputs[0].shape.height / size.height, 1),
                width: max(inputs[0].shape.width / size.width, 1)))
    }

    private func kernel(_ shape: TensorShape) -> AdaptiveAveragePoolingKernel {
        AdaptiveAveragePoolingKernel(
            batch: shape.batch, height: shape.height, width: shape.width, channels: shape.channels, size: size)
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        LinearMapStep(kernel: kernel(site.inputs[0].type.shape), buffers: UnaryBuffers(site))
    }
}
