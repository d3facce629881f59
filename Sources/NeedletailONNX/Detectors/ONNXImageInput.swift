import NeedletailErrors
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
    /// Images that are taken at a time, where the file says so.
    var batch: Int?
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
        batch = shape.count == 4 ? shape[0] : nil
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
    /// - Parameter pixels: Writes `[count, height, width, channels]`.
    func feed(size: Image.Size, count: Int = 1, pixels: @escaping (UnsafeMutablePointer<Float>) -> Void) -> ONNXFeed {
        let channels = channels, numberCount = count * size.width * size.height * channels
        let write: (UnsafeMutablePointer<Float>) -> Void = { target in
            pixels(target)
            guard takesBytes else { return }
            for index in 0..<numberCount { target[index].round() }
        }
        switch arrangement {
        case .channelsFirst:
            return .map(shape: [count, channels, size.height, size.width], isChannelsLast: false, write: write)
        case .channelsLast: return .map(shape: [count, size.height, size.width, 3], isChannelsLast: true, write: write)
        case .single:
            var numbers = [Float](repeating: 0, count: numberCount)
            numbers.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { write(base) } }
            return .tensor(ONNXTensor(numbers, shape: [size.height, size.width, 3]).transposed([2, 0, 1]))
        }
    }

    /// What is wrong with a network, with what may help where the size of its input was chosen for it.
    ///
    /// - Parameter setting: Where another is given; nil where none can be.
    func explained(_ error: ONNXError, _ used: Image.Size, setting: Setting? = nil) -> ONNXError {
        guard error.kind == .malformed, error.remedy == nil, size.height == nil || size.width == nil else {
            return error
        }
        var error = error
        let remedy: Remedy = setting.map { "Give another with \(setting: $0)" } ?? "Export it with its size fixed"
        error.remedy = """
            The file leaves the size of its input open, and \(used.height)x\(used.width) may be none that it takes. \(remedy).
            """
        return error
    }
}
