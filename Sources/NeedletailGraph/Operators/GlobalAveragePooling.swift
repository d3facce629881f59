import NeedletailKernels

/// The mean over all pixels of each map: `[batch, 1, 1, channels]`.
public struct GlobalAveragePooling: Operator {
    public static let name = "global-average-pool"

    public init() {}

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        guard inputs[0].shape.isMap, inputs[0].elementType == .float32 else {
            throw OperatorError("pooling takes maps [batch, height, width, channels], not \(inputs[0])")
        }
        var type = inputs[0]
        type.shape.height = 1
        type.shape.width = 1
        return [type]
    }

    public func window(of inputs: [TensorType]) -> Window? {
        let map = Extent(height: inputs[0].shape.height, width: inputs[0].shape.width)
        return Window(size: map, stride: map)
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        GlobalAveragePoolingStep(shape: site.inputs[0].type.shape, buffers: UnaryBuffers(site))
    }
}
