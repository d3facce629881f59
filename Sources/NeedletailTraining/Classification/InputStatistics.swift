import NeedletailDatasets
import NeedletailImages
import NeedletailModels
import NeedletailPlatform

/// What the pixels of a dataset's pictures are like, as the network reads them.
public struct InputStatistics: Sendable {
    /// Of each channel, on a scale of 0 to 1; of grey pictures all three alike.
    public private(set) var mean: SIMD3<Float> = .zero
    /// Standard deviations.
    public private(set) var deviation: SIMD3<Float> = .one
    public private(set) var minimum: SIMD3<Float> = .zero
    public private(set) var maximum: SIMD3<Float> = .one

    /// How pixels are brought to numbers that suit a network.
    public enum Normalization: String, CaseIterable, Codable, Sendable {
        /// Less the dataset's mean, divided by its deviation.
        case dataset
        /// Likewise with those of ImageNet, as published weights expect it.
        case imagenet
        /// The dataset's least and greatest number become 0 and 1.
        case minMax = "min-max"
        /// 0 to 1, as they are.
        case none
    }

    /// Pictures that are looked at: so many of a larger dataset, from all over it.
    private static let mostPictures = 4000

    /// What is no picture that can be used is left out.
    ///
    /// - Parameter transform: Of which size and channels pictures become.
    /// - Throws: `ImageError` for a picture that cannot be read: the numbers would be others without it.
    public init(_ dataset: ClassificationDataset, transform: InputTransform) throws {
        let loader = PictureLoader(dataset, transform: Self.plain(transform))
        let channels = transform.channels, pixels = loader.size.width * loader.size.height
        var sums = SIMD4<Double>.zero, squares = SIMD4<Double>.zero, count = 0.0
        var least = SIMD3<Float>(repeating: .infinity), most = SIMD3<Float>(repeating: -.infinity)
        try Self.visit(loader) { numbers in
            for pixel in 0..<pixels {
                var color = SIMD3<Float>.zero
                for channel in 0..<3 { color[channel] = numbers[pixel * channels + min(channel, channels - 1)] }
                let wide = SIMD4<Double>(Double(color.x), Double(color.y), Double(color.z), 0)
                sums += wide
                squares += wide * wide
                least = pointwiseMin(least, color)
                most = pointwiseMax(most, color)
            }
            count += Double(pixels)
        }
        guard count > 0 else { return }
        for channel in 0..<3 {
            let average = sums[channel] / count
            mean[channel] = Float(average)
            deviation[channel] = Float(max((squares[channel] / count - average * average), 0).squareRoot())
            // Pictures of one colour have nothing to be divided by.
            if deviation[channel] < 1e-3 { deviation[channel] = 1 }
            minimum[channel] = least[channel]
            maximum[channel] = most[channel] > least[channel] ? most[channel] : least[channel] + 1
        }
    }

    /// A transform with the numbers of a normalisation.
    public func normalized(_ transform: InputTransform, by normalization: Normalization) -> InputTransform {
        var transform = transform
        switch normalization {
        case .dataset: (transform.mean, transform.deviation) = (mean, deviation)
        case .imagenet: (transform.mean, transform.deviation) = (InputTransform().mean, InputTransform().deviation)
        case .minMax: (transform.mean, transform.deviation) = (minimum, maximum - minimum)
        case .none: (transform.mean, transform.deviation) = (.zero, .one)
        }
        return transform
    }

    /// The map that whitens a dataset's pictures.
    ///
    /// - Throws: ``TrainingError`` when they have too many numbers, `ImageError` when one cannot be read.
    public static func whitening(
        _ kind: Whitening.Kind, of dataset: ClassificationDataset, transform: InputTransform
    ) throws -> Whitening {
        let loader = PictureLoader(dataset, transform: transform), size = loader.countPerPicture
        guard size <= Whitening.mostNumbers else {
            throw TrainingError(
                .configuration,
                problem:
                    "pictures of \(loader.size.width)x\(loader.size.height) pixels have \(size) numbers, and whitening "
                    + "takes up to \(Whitening.mostNumbers)",
                remedy: "Give a smaller \(setting: .inputSize), or a network for grey pictures.")
        }
        var pictures: [[Float]] = []
        try visit(loader) { pictures.append(Array($0)) }
        return Whitening(kind, size: size, count: pictures.count) { index, target in
            pictures[index].withUnsafeBufferPointer {
                if let base = $0.baseAddress { target.update(from: base, count: size) }
            }
        }
    }

    private static func plain(_ transform: InputTransform) -> InputTransform {
        var plain = transform
        (plain.mean, plain.deviation, plain.whitening) = (.zero, .one, nil)
        return plain
    }

    private static func visit(_ loader: PictureLoader, _ body: (UnsafeBufferPointer<Float>) -> Void) throws {
        let count = loader.dataset.items.count, looked = min(count, mostPictures)
        var numbers = [Float](repeating: 0, count: loader.countPerPicture)
        let images = OrderedPrefetch<Result<Image?, any Error>>(count: looked, lookAhead: 8) { index in
            Result { try ImageError.picture { try loader.image(index * count / max(looked, 1)) } }
        }
        defer { images.cancel() }
        while let image = images.next() {
            guard let image = try image.get() else { continue }
            numbers.withUnsafeMutableBufferPointer {
                if let base = $0.baseAddress {
                    loader.write(image, isMirrored: false, into: base)
                }
            }
            numbers.withUnsafeBufferPointer(body)
        }
    }
}
