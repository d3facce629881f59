import NeedletailImages
import NeedletailKernels
import NeedletailModels

/// The input of a network that takes photographs: its name, and how its numbers lie.
struct ONNXImageInput {
    enum Arrangement {
        /// Batch, channels, height, width.
        case channelsFirst
        /// Batch, height, width, channels.
        case channelsLast
        /// Channels, height, width: a single image.
        case single
    }

    var name: String
    var arrangement: Arrangement
    /// Where the file says so.
    var size: (height: Int?, width: Int?)
    /// Numbers a pixel: 3, or 1 of grey ones.
    var channels = 3
    /// Whether it takes whole numbers from 0 to 255.
    var takesBytes: Bool

    /// The input of a network that is a photograph; nil when there is none, or more than one.
    init?(_ network: ONNXNetwork) {
        let found = network.inputs.compactMap(Self.init)
        guard found.count == 1 else { return nil }
        self = found[0]
    }

    private init?(_ port: ONNXNetwork.Port) {
        guard let shape = port.shape, port.kind.map({ $0.isFloatingPoint || $0 == .uint8 }) ?? true else { return nil }
        name = port.name
        takesBytes = port.kind == .uint8
        switch (shape.count, shape) {
        case (4, let shape) where shape[1] == 3:
            arrangement = .channelsFirst
            size = (shape[2], shape[3])
        case (4, let shape) where shape[3] == 3:
            arrangement = .channelsLast
            size = (shape[1], shape[2])
        case (4, let shape) where shape[1] == 1:
            arrangement = .channelsFirst
            size = (shape[2], shape[3])
            channels = 1
        case (4, let shape) where shape[1] == nil && shape[3] == nil:
            arrangement = .channelsFirst
            size = (shape[2], shape[3])
        case (3, let shape) where shape[0] == 3:
            arrangement = .single
            size = (shape[1], shape[2])
        default: return nil
        }
    }

    /// An image as the network reads it.
    func feed(_ image: Image, transform: InputTransform, placement: ImagePlacement, padded: Image.Size) -> ONNXFeed {
        feed(size: padded) { target in
            transform.write(
                image, size: (placement.resized.width, placement.resized.height), paddedWidth: padded.width,
                paddedHeight: padded.height, into: target)
        }
    }

    /// Pixels as the network reads them.
    ///
    /// - Parameter pixels: Writes `[height, width, channels]`.
    func feed(size: Image.Size, pixels: @escaping (UnsafeMutablePointer<Float>) -> Void) -> ONNXFeed {
        let channels = channels, count = size.width * size.height * channels
        let write: (UnsafeMutablePointer<Float>) -> Void = { target in
            pixels(target)
            guard takesBytes else { return }
            for index in 0..<count { target[index].round() }
        }
        switch arrangement {
        case .channelsFirst:
            return .map(shape: [1, channels, size.height, size.width], isChannelsLast: false, write: write)
        case .channelsLast: return .map(shape: [1, size.height, size.width, 3], isChannelsLast: true, write: write)
        case .single:
            var numbers = [Float](repeating: 0, count: count)
            numbers.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { write(base) } }
            return .tensor(ONNXTensor(numbers, shape: [size.height, size.width, 3]).transposed([2, 0, 1]))
        }
    }
}
