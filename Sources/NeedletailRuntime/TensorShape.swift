/// The size of an activation: `[batch, height, width, channels]`, channels contiguous.
public struct TensorShape: Hashable, Sendable, CustomStringConvertible {
    public var batch: Int
    public var height: Int
    public var width: Int
    public var channels: Int

    public init(batch: Int, height: Int, width: Int, channels: Int) {
        self.batch = batch
        self.height = height
        self.width = width
        self.channels = channels
    }

    /// The shape of another number of images.
    public func with(batch: Int) -> TensorShape {
        TensorShape(batch: batch, height: height, width: width, channels: channels)
    }

    public var pixels: Int { batch * height * width }
    public var count: Int { pixels * channels }
    public var description: String { "[\(batch), \(height), \(width), \(channels)]" }
}
