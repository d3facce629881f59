/// The geometry of one convolution: everything but the numbers.
///
/// Activations are `[batch, height, width, channels]` with channels contiguous (NHWC); weights are
/// `[outputChannels, inputChannels / groups, kernelHeight, kernelWidth]` as PyTorch stores them (OIHW).
public struct ConvolutionShape: Hashable, Sendable {
    public var batch: Int
    public var inputHeight: Int
    public var inputWidth: Int
    public var inputChannels: Int
    public var outputChannels: Int
    public var kernelHeight: Int
    public var kernelWidth: Int
    public var stride: Int
    public var padding: Int
    public var dilation: Int
    public var groups: Int

    public init(
        batch: Int, inputHeight: Int, inputWidth: Int, inputChannels: Int, outputChannels: Int,
        kernelHeight: Int, kernelWidth: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1
    ) {
        precondition(
            inputChannels % groups == 0 && outputChannels % groups == 0,
            "\(groups) groups do not divide \(inputChannels) input and \(outputChannels) output channels")
        self.batch = batch
        self.inputHeight = inputHeight
        self.inputWidth = inputWidth
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.kernelHeight = kernelHeight
        self.kernelWidth = kernelWidth
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
    }

    /// Height of the output: `⌊(H + 2·padding - dilation·(kernel - 1) - 1) / stride⌋ + 1`.
    public var outputHeight: Int { Self.outputExtent(inputHeight, kernelHeight, stride, padding, dilation) }

    /// Width of the output.
    public var outputWidth: Int { Self.outputExtent(inputWidth, kernelWidth, stride, padding, dilation) }

    public var inputCount: Int { batch * inputHeight * inputWidth * inputChannels }
    public var outputCount: Int { batch * outputHeight * outputWidth * outputChannels }
    public var weightCount: Int { outputChannels * inputChannelsPerGroup * kernelHeight * kernelWidth }
    public var inputChannelsPerGroup: Int { inputChannels / groups }
    public var outputChannelsPerGroup: Int { outputChannels / groups }

    /// Multiply-adds of the forward pass, computed directly.
    public var multiplyAdds: Int {
        batch * outputHeight * outputWidth * outputChannels * inputChannelsPerGroup * kernelHeight * kernelWidth
    }

    /// Whether the input matrix is the column matrix as it stands: one pixel in, one pixel out.
    var isPointwise: Bool { kernelHeight == 1 && kernelWidth == 1 && stride == 1 && padding == 0 && groups == 1 }

    private static func outputExtent(_ input: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int)
        -> Int
    {
        let span = input + 2 * padding - dilation * (kernel - 1) - 1
        return span < 0 ? 0 : span / stride + 1
    }
}
