import NeedletailKernels

/// The geometry that pooling operators share.
public struct PoolingWindow: Hashable, Sendable {
    public var size: Extent
    public var stride: Extent
    public var padding: Padding
    public var dilation: Extent
    /// Whether a last window that reaches beyond the padded map counts, as PyTorch's `ceil_mode`.
    public var roundsUp: Bool

    public init(_ size: Extent, stride: Extent, padding: Padding, dilation: Extent = 1, roundsUp: Bool = false) {
        self.size = size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.roundsUp = roundsUp
    }

    var attributes: [String] {
        ["\(size.text)"] + stride.attribute("stride") + padding.attributes + dilation.attribute("dilation")
            + (roundsUp ? ["ceil"] : [])
    }

    package var window: Window { Window(size: size.dilated(by: dilation), stride: stride) }

    package func shape(of input: TensorShape) -> PoolingShape {
        PoolingShape(
            batch: input.batch, inputHeight: input.height, inputWidth: input.width, channels: input.channels,
            kernel: size, stride: stride,
            padding: padding.edges(
                map: Extent(height: input.height, width: input.width), window: size.dilated(by: dilation),
                stride: stride), dilation: dilation, roundsUp: roundsUp)
    }

    func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        guard inputs[0].shape.isMap, inputs[0].elementType == .float32 else {
            throw OperatorError("pooling takes maps [batch, height, width, channels], not \(inputs[0])")
        }
        if case .edges(let edges) = padding {
            let span = window.size
            guard max(edges.top, edges.bottom) * 2 <= span.height, max(edges.left, edges.right) * 2 <= span.width else {
                throw OperatorError("padding of more than half of the window leaves windows without a pixel")
            }
        }
        let shape = shape(of: inputs[0].shape)
        return [
            TensorType(
                TensorShape(
                    batch: shape.batch, height: shape.outputHeight, width: shape.outputWidth, channels: shape.channels))
        ]
    }
}
