/// The geometry of a pooling window over `[batch, height, width, channels]`.
public struct PoolingShape: Hashable, Sendable {
    public var batch: Int
    public var inputHeight: Int
    public var inputWidth: Int
    public var channels: Int
    public var kernel: Int
    public var stride: Int
    public var padding: Int

    public init(
        batch: Int, inputHeight: Int, inputWidth: Int, channels: Int, kernel: Int, stride: Int, padding: Int = 0
    ) {
        precondition(padding * 2 <= kernel, "padding \(padding) is more than half of the pooling kernel \(kernel)")
        self.batch = batch
        self.inputHeight = inputHeight
        self.inputWidth = inputWidth
        self.channels = channels
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
    }

    public var outputHeight: Int { max(0, (inputHeight + 2 * padding - kernel) / stride + 1) }
    public var outputWidth: Int { max(0, (inputWidth + 2 * padding - kernel) / stride + 1) }

    /// The part of the window of output position `index` that lies inside an input of the given extent.
    func window(_ index: Int, extent: Int) -> Range<Int> {
        let start = index * stride - padding
        return max(start, 0)..<min(start + kernel, extent)
    }
}
