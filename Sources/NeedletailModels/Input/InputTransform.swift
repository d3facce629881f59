import NeedletailGeometry
import NeedletailImages

/// How an image becomes a network's input: normalised, resized, padded.
///
/// Resizing is bilinear, without antialiasing; the image lies at the top left. By ``Fit/shorterSide`` as torchvision's
/// `GeneralizedRCNNTransform`, by ``Fit/square`` as YOLOX's letterbox, by ``Fit/stretch`` as SSD's inputs of a fixed size.
public struct InputTransform: Hashable, Sendable {
    /// What decides the size of the input.
    public enum Fit: String, Codable, Sendable {
        /// The shorter side becomes `minimumSize` unless the longer one would pass `maximumSize`; right and bottom are
        /// padded up to a multiple of `divisor`.
        case shorterSide
        /// The longer side becomes `minimumSize`, and the input is a square of that side.
        case square
        /// As ``square``, but what is left of the square is padded up to a multiple of `divisor` only.
        case longerSide
        /// The image becomes as large as fits into `minimumSize` rows of `maximumSize` pixels; the rest is padded.
        case inside
        /// The image becomes `minimumSize` high and `maximumSize` wide, whatever its proportions.
        case stretch
        /// As ``stretch``, but one that is much larger is shrunk by a whole factor first.
        case whole
        /// The input is a square of `minimumSize`, the middle of the image with its shorter side made `maximumSize`: 224 and
        /// 256, as torchvision measures its classifiers. One that is much larger is shrunk first.
        case middle
    }

    /// In which order a pixel's numbers stand.
    public enum ChannelOrder: String, Codable, Sendable {
        case rgb
        /// As OpenCV reads images.
        case bgr
        /// One number a pixel, its brightness; mean and deviation are the first of theirs.
        case gray
    }

    public var fit: Fit
    /// In pixels; the side of the input where it is square.
    public var minimumSize: Int
    /// In pixels; of no meaning where the input is a square.
    public var maximumSize: Int
    /// Mean of red, green and blue on a scale of 0 to 1.
    public var mean: SIMD3<Float>
    /// Standard deviation of red, green and blue on a scale of 0 to 1.
    public var deviation: SIMD3<Float>
    public var divisor: Int
    public var channelOrder: ChannelOrder
    /// What right and bottom are padded with, 0 to 255; nil for the mean colour.
    public var fill: Float?
    /// What is done to the normalised numbers of an image at last; no part of a file's configuration.
    public var whitening: Whitening?

    public init(
        fit: Fit = .shorterSide, minimumSize: Int = 800, maximumSize: Int = 1333,
        mean: SIMD3<Float> = [0.485, 0.456, 0.406], deviation: SIMD3<Float> = [0.229, 0.224, 0.225],
        divisor: Int = 32, channelOrder: ChannelOrder = .rgb, fill: Float? = nil
    ) {
        self.fit = fit
        self.minimumSize = minimumSize
        self.maximumSize = maximumSize
        self.mean = mean
        self.deviation = deviation
        self.divisor = divisor
        self.channelOrder = channelOrder
        self.fill = fill
    }

    /// Numbers a pixel: 3, or 1 of grey ones.
    public var channels: Int { channelOrder == .gray ? 1 : 3 }

    /// Height and width of the input where they do not depend on the image.
    public var fixedSize: Image.Size? {
        switch fit {
        case .shorterSide, .longerSide: nil
        case .square, .middle: Image.Size(width: minimumSize, height: minimumSize)
        case .inside, .stretch, .whole: Image.Size(width: maximumSize, height: minimumSize)
        }
    }

    /// The size of an image after resizing: at least one pixel each way.
    public func resizedSize(width: Int, height: Int) -> (width: Int, height: Int) {
        let shorter = Double(min(width, height)), longer = Double(max(width, height))
        let scale: Double
        switch fit {
        case .shorterSide: scale = min(Double(minimumSize) / shorter, Double(maximumSize) / longer)
        case .square, .longerSide: scale = Double(minimumSize) / longer
        case .inside: scale = min(Double(minimumSize) / Double(height), Double(maximumSize) / Double(width))
        case .stretch, .whole: return (maximumSize, minimumSize)
        case .middle: return (minimumSize, minimumSize)
        }
        return (max(1, Int(Double(width) * scale)), max(1, Int(Double(height) * scale)))
    }

    /// The size of a batch: the greatest sides, rounded up to multiples of `divisor`, or the square.
    public func paddedSize(_ sizes: [(width: Int, height: Int)]) -> (width: Int, height: Int) {
        func roundedUp(_ side: Int) -> Int { (side + divisor - 1) / divisor * divisor }
        if let fixedSize { return (roundedUp(fixedSize.width), roundedUp(fixedSize.height)) }
        return (roundedUp(sizes.map(\.width).max() ?? 1), roundedUp(sizes.map(\.height).max() ?? 1))
    }

    /// Writes one image of a batch, `[paddedHeight, paddedWidth, channels]`.
    ///
    /// - Parameters:
    ///   - size: The image's size after resizing.
    ///   - target: Where the image starts in the batch.
    public func write(
        _ image: Image, size: (width: Int, height: Int), paddedWidth: Int, paddedHeight: Int,
        flippedHorizontally: Bool = false, into target: UnsafeMutablePointer<Float>
    ) {
        if fit == .whole || fit == .middle {
            writeWhole(image, size: size, flippedHorizontally: flippedHorizontally, into: target)
            whitening?.apply(to: target)
            return
        }
        pad(target, count: paddedWidth * paddedHeight)
        image.resample(
            into: target, rowStride: paddedWidth * 3, width: size.width, height: size.height, mean: mean,
            deviation: deviation, isReversed: channelOrder == .bgr, flippedHorizontally: flippedHorizontally)
    }

    /// An image that fills the input. One that is much larger is shrunk by a whole factor first, every pixel the mean of
    /// those that it stands for, so that nothing is skipped.
    private func writeWhole(
        _ image: Image, size: (width: Int, height: Int), flippedHorizontally: Bool,
        into target: UnsafeMutablePointer<Float>
    ) {
        var image = image.converted(to: channelOrder == .gray ? .gray : .rgb)
        if fit == .middle {
            // What stays of the shorter side, in pixels of the image.
            let side = max(min(image.width, image.height) * minimumSize / max(maximumSize, minimumSize), 1)
            image = image.cropped(
                x: (image.width - side) / 2, y: (image.height - side) / 2, width: side, height: side)
        }
        let factor = min(image.width / size.width, image.height / size.height)
        if factor > 1 { image = image.shrunk(by: factor) }
        guard channelOrder == .gray else {
            image.resample(
                into: target, rowStride: size.width * 3, width: size.width, height: size.height, mean: mean,
                deviation: deviation, isReversed: channelOrder == .bgr, flippedHorizontally: flippedHorizontally)
            return
        }
        let count = size.width * size.height
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * count) { scratch in
            guard let base = scratch.baseAddress else { return }
            scratch.initialize(repeating: 0)
            image.resample(
                into: base, rowStride: size.width * 3, width: size.width, height: size.height,
                mean: SIMD3(repeating: mean.x), deviation: SIMD3(repeating: deviation.x),
                flippedHorizontally: flippedHorizontally)
            for index in 0..<count { target[index] = base[3 * index] }
        }
    }

    private func pad(_ target: UnsafeMutablePointer<Float>, count: Int) {
        guard let fill else {
            target.update(repeating: 0, count: count * 3)
            return
        }
        var pixel = (SIMD3(repeating: fill / 255) - mean) / deviation
        if channelOrder == .bgr { pixel = SIMD3(pixel.z, pixel.y, pixel.x) }
        for index in 0..<count {
            for channel in 0..<3 { target[3 * index + channel] = pixel[channel] }
        }
    }

    /// A box of the image in pixels of the resized image; each axis has its own factor.
    public func scaled(_ box: Corners, from original: (width: Int, height: Int), to size: (width: Int, height: Int))
        -> Corners
    {
        let x = Float(size.width) / Float(original.width), y = Float(size.height) / Float(original.height)
        return box.scaled(byX: x, y: y)
    }
}

/// What is as in the first version is not written, which knew nothing else.
extension InputTransform: Codable {
    private enum CodingKeys: String, CodingKey {
        case fit, minimumSize, maximumSize, mean, deviation, divisor, channelOrder, fill
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let mean = try container.decode(SIMD3<Float>.self, forKey: .mean)
        let deviation = try container.decode(SIMD3<Float>.self, forKey: .deviation)
        for channel in 0..<3 where !(deviation[channel] > 0 && deviation[channel].isFinite && mean[channel].isFinite) {
            throw container.refusal(.deviation, "and mean are not numbers that a colour can be normalised by")
        }
        self.init(
            fit: try container.decodeIfPresent(Fit.self, forKey: .fit) ?? .shorterSide,
            minimumSize: try container.decode(1...65_536, forKey: .minimumSize),
            maximumSize: try container.decode(1...65_536, forKey: .maximumSize),
            mean: mean, deviation: deviation,
            divisor: try container.decode(1...1024, forKey: .divisor),
            channelOrder: try container.decodeIfPresent(ChannelOrder.self, forKey: .channelOrder) ?? .rgb,
            fill: try container.decodeIfPresent(Float.self, forKey: .fill))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(minimumSize, forKey: .minimumSize)
        try container.encode(maximumSize, forKey: .maximumSize)
        try container.encode(mean, forKey: .mean)
        try container.encode(deviation, forKey: .deviation)
        try container.encode(divisor, forKey: .divisor)
        if fit != .shorterSide { try container.encode(fit, forKey: .fit) }
        if channelOrder != .rgb { try container.encode(channelOrder, forKey: .channelOrder) }
        try container.encodeIfPresent(fill, forKey: .fill)
    }
}
