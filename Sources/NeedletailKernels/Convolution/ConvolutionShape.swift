/// The geometry of one convolution: everything but the numbers.
///
/// Activations are `[batch, height, width, channels]` with channels contiguous (NHWC); weights are
/// `[outputChannels, inputChannels / groups, kernel.height, kernel.width]` as PyTorch stores them (OIHW).
public struct ConvolutionShape: Hashable, Sendable {
    public var batch: Int
    public var inputHeight: Int
    public var inputWidth: Int
    public var inputChannels: Int
    public var outputChannels: Int
    public var kernel: Extent
    public var stride: Extent
    public var padding: EdgePadding
    public var dilation: Extent
    public var groups: Int

    /// - Precondition: `groups` divides both numbers of channels.
    public init(
        batch: Int, inputHeight: Int, inputWidth: Int, inputChannels: Int, outputChannels: Int, kernel: Extent,
        stride: Extent = 1, padding: EdgePadding = 0, dilation: Extent = 1, groups: Int = 1
    ) {
        precondition(
            inputChannels % groups == 0 && outputChannels % groups == 0,
            "\(groups) groups do not divide \(inputChannels) input and \(outputChannels) output channels")
        self.batch = batch
        self.inputHeight = inputHeight
        self.inputWidth = inputWidth
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
    }

    /// Height of the output: `⌊(H + top + bottom - dilation·(kernel - 1) - 1) / stride⌋ + 1`, or 0 where the kernel is
    /// larger than the padded input.
    public var outputHeight: Int {
        SlidingWindow(
            extent: inputHeight, kernel: kernel.height, stride: stride.height, dilation: dilation.height,
            paddingBefore: padding.top, paddingAfter: padding.bottom
        ).count
    }

    /// Width of the output.
    public var outputWidth: Int {
        SlidingWindow(
            extent: inputWidth, kernel: kernel.width, stride: stride.width, dilation: dilation.width,
            paddingBefore: padding.left, paddingAfter: padding.right
        ).count
    }

    public var inputCount: Int { batch * inputHeight * inputWidth * inputChannels }
    public var outputCount: Int { batch * outputHeight * outputWidth * outputChannels }
    public var weightCount: Int { outputChannels * inputChannelsPerGroup * kernel.area }
    public var inputChannelsPerGroup: Int { inputChannels / groups }
    public var outputChannelsPerGroup: Int { outputChannels / groups }

    /// Multiply-adds of the forward pass, computed directly.
    public var multiplyAdds: Int { outputCount * inputChannelsPerGroup * kernel.area }
}
