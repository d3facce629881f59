import CKernels

/// The geometry of a pooling window over `[batch, height, width, channels]`.
public struct PoolingShape: Hashable, Sendable {
    public var batch: Int
    public var inputHeight: Int
    public var inputWidth: Int
    public var channels: Int
    public var kernel: Extent
    public var stride: Extent
    public var padding: EdgePadding
    public var dilation: Extent
    /// Whether the size of the output is rounded up, so that a last window may reach beyond the padded input. It must
    /// begin inside the input or in the padding above or to the left, as with PyTorch's `ceil_mode`.
    public var roundsUp: Bool

    /// - Precondition: No side is padded by more than half of the window.
    public init(
        batch: Int, inputHeight: Int, inputWidth: Int, channels: Int, kernel: Extent, stride: Extent,
        padding: EdgePadding = 0, dilation: Extent = 1, roundsUp: Bool = false
    ) {
        self.batch = batch
        self.inputHeight = inputHeight
        self.inputWidth = inputWidth
        self.channels = channels
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.roundsUp = roundsUp
        precondition(
            max(padding.top, padding.bottom) * 2 <= rows.span && max(padding.left, padding.right) * 2 <= columns.span,
            "\(padding) is more than half of a pooling window of \(kernel), dilated by \(dilation)")
    }

    public var outputHeight: Int { rows.count }
    public var outputWidth: Int { columns.count }
    public var inputCount: Int { batch * inputHeight * inputWidth * channels }
    public var outputCount: Int { batch * outputHeight * outputWidth * channels }

    /// The window along the height.
    var rows: SlidingWindow {
        SlidingWindow(
            extent: inputHeight, kernel: kernel.height, stride: stride.height, dilation: dilation.height,
            paddingBefore: padding.top, paddingAfter: padding.bottom, roundsUp: roundsUp)
    }

    /// The window along the width.
    var columns: SlidingWindow {
        SlidingWindow(
            extent: inputWidth, kernel: kernel.width, stride: stride.width, dilation: dilation.width,
            paddingBefore: padding.left, paddingAfter: padding.right, roundsUp: roundsUp)
    }
}

extension needletail_pooling {
    init(_ shape: PoolingShape) {
        self.init(
            n: Int32(shape.batch), h: Int32(shape.inputHeight), w: Int32(shape.inputWidth), c: Int32(shape.channels),
            kernel_h: Int32(shape.kernel.height), kernel_w: Int32(shape.kernel.width),
            stride_h: Int32(shape.stride.height), stride_w: Int32(shape.stride.width),
            dilation_h: Int32(shape.dilation.height), dilation_w: Int32(shape.dilation.width),
            pad_h: Int32(shape.padding.top), pad_w: Int32(shape.padding.left),
            out_h: Int32(shape.outputHeight), out_w: Int32(shape.outputWidth), variant: nil)
    }
}
