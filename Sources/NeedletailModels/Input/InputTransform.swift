import NeedletailGeometry
import NeedletailImages

/// How an image becomes a network's input: normalised, resized with its proportions kept, padded.
///
/// torchvision's `GeneralizedRCNNTransform`: the shorter side becomes `minimumSize` unless the longer one would pass
/// `maximumSize`; bilinear, without antialiasing; right and bottom are filled with the mean colour up to a multiple
/// of `divisor`.
public struct InputTransform: Codable, Hashable, Sendable {
    public var minimumSize: Int
    public var maximumSize: Int
    /// Mean of red, green and blue on a scale of 0 to 1.
    public var mean: SIMD3<Float>
    /// Standard deviation of red, green and blue on a scale of 0 to 1.
    public var deviation: SIMD3<Float>
    public var divisor: Int

    public init(
        minimumSize: Int = 800, maximumSize: Int = 1333,
        mean: SIMD3<Float> = [0.485, 0.456, 0.406], deviation: SIMD3<Float> = [0.229, 0.224, 0.225],
        divisor: Int = 32
    ) {
        self.minimumSize = minimumSize
        self.maximumSize = maximumSize
        self.mean = mean
        self.deviation = deviation
        self.divisor = divisor
    }

    /// The size of an image after resizing: at least one pixel each way.
    public func resizedSize(width: Int, height: Int) -> (width: Int, height: Int) {
        let shorter = Double(min(width, height)), longer = Double(max(width, height))
        let scale = min(Double(minimumSize) / shorter, Double(maximumSize) / longer)
        return (max(1, Int(Double(width) * scale)), max(1, Int(Double(height) * scale)))
    }

    /// The size of a batch: the greatest sides, rounded up to multiples of `divisor`.
    public func paddedSize(_ sizes: [(width: Int, height: Int)]) -> (width: Int, height: Int) {
        func roundedUp(_ side: Int) -> Int { (side + divisor - 1) / divisor * divisor }
        return (roundedUp(sizes.map(\.width).max() ?? 1), roundedUp(sizes.map(\.height).max() ?? 1))
    }

    /// Writes one image of a batch, `[paddedHeight, paddedWidth, 3]`.
    ///
    /// - Parameters:
    ///   - size: The image's size after resizing.
    ///   - target: Where the image starts in the batch.
    public func write(
        _ image: Image, size: (width: Int, height: Int), paddedWidth: Int, paddedHeight: Int,
        flippedHorizontally: Bool = false, into target: UnsafeMutablePointer<Float>
    ) {
        target.update(repeating: 0, count: paddedWidth * paddedHeight * 3)
        image.resample(
            into: target, rowStride: paddedWidth * 3, width: size.width, height: size.height, mean: mean,
            deviation: deviation, flippedHorizontally: flippedHorizontally)
    }

    /// A box of the image in pixels of the resized image; each axis has its own factor.
    public func scaled(_ box: Corners, from original: (width: Int, height: Int), to size: (width: Int, height: Int))
        -> Corners
    {
        let x = Float(size.width) / Float(original.width), y = Float(size.height) / Float(original.height)
        return box.scaled(byX: x, y: y)
    }
}
