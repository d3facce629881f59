/// The dimensions of a tensor, outermost first; the last is contiguous in memory.
///
/// A batch of maps is `[batch, height, width, channels]`.
public struct TensorShape: Hashable, Sendable, CustomStringConvertible {
    public var dimensions: [Int]

    public init(_ dimensions: [Int]) {
        self.dimensions = dimensions
    }

    public init(batch: Int, height: Int, width: Int, channels: Int) {
        dimensions = [batch, height, width, channels]
    }

    public var rank: Int { dimensions.count }
    /// Number of elements.
    public var count: Int { dimensions.reduce(1, *) }
    public var description: String { "\(dimensions)" }
}

/// A batch of maps.
extension TensorShape {
    /// Whether there is a batch, a height, a width and a number of channels.
    public var isMap: Bool { rank == 4 }

    public var batch: Int {
        get { dimensions[0] }
        set { dimensions[0] = newValue }
    }

    /// - Precondition: ``isMap``; likewise for the width.
    public var height: Int {
        get { dimensions[1] }
        set { dimensions[1] = newValue }
    }

    public var width: Int {
        get { dimensions[2] }
        set { dimensions[2] = newValue }
    }

    /// The last dimension, whatever the rank.
    public var channels: Int {
        get { dimensions[rank - 1] }
        set { dimensions[rank - 1] = newValue }
    }

    /// Pixels of all images, or rows of a matrix.
    public var pixels: Int { dimensions.dropLast().reduce(1, *) }

    /// The shape of another number of images.
    public func with(batch: Int) -> TensorShape {
        var shape = self
        shape.batch = batch
        return shape
    }
}
