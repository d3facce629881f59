import Needletail

/// A photograph as a network reads it.
struct NetworkInput {
    /// As numbers, in the order of ``shape``.
    let pixels: [Float]
    /// `[1, height, width, channels]`.
    let shape: TensorShape
    /// What lies in the input, without padding, at the size that it has there.
    let image: Image

    /// - Parameter size: What takes the place of the usual input of a classifier.
    /// - Throws: `ImageError`, ``CommandError``.
    init(_ path: String, of subject: NetworkSubject, size: InputSize? = nil) throws {
        try self.init(Image(contentsOf: path), of: subject, size: size)
    }

    init(_ image: Image, of subject: NetworkSubject, size: InputSize? = nil) throws {
        if case .detector(let detector) = subject.task {
            guard size == nil else {
                throw CommandError(
                    "\(subject.name): the input of a detector follows from the photograph; leave out --input.")
            }
            self.init(image, transform: detector.inputTransform)
        } else {
            try self.init(image, size: size ?? subject.usualInput, channels: subject.inputChannels)
        }
    }

    /// As a detector has it.
    private init(_ image: Image, transform: InputTransform) {
        let size = transform.resizedSize(width: image.width, height: image.height)
        let padded = transform.paddedSize([size])
        var pixels = [Float](repeating: 0, count: padded.width * padded.height * 3)
        pixels.withUnsafeMutableBufferPointer { pixels in
            guard let base = pixels.baseAddress else { return }
            transform.write(image, size: size, paddedWidth: padded.width, paddedHeight: padded.height, into: base)
        }
        self.pixels = pixels
        shape = TensorShape(batch: 1, height: padded.height, width: padded.width, channels: 3)
        self.image = image.resized(width: size.width, height: size.height)
    }

    /// As a classifier has it: colours normalised as those of ImageNet, grey from 0 to 1.
    private init(_ image: Image, size: InputSize, channels: Int) throws {
        let usual = InputTransform()
        shape = TensorShape(batch: 1, height: size.height, width: size.width, channels: channels)
        switch channels {
        case 1:
            self.image = image.converted(to: .gray).resized(width: size.width, height: size.height)
            pixels = self.image.bytes.map { Float($0) / 255 }
        case 3:
            self.image = image.converted(to: .rgb).resized(width: size.width, height: size.height)
            var pixels = [Float](repeating: 0, count: shape.count)
            pixels.withUnsafeMutableBufferPointer { pixels in
                guard let base = pixels.baseAddress else { return }
                image.resample(
                    into: base, rowStride: size.width * 3, width: size.width, height: size.height, mean: usual.mean,
                    deviation: usual.deviation)
            }
            self.pixels = pixels
        default:
            throw CommandError("the network reads \(channels) channels; a photograph has one, grey, or three.")
        }
    }
}

extension NetworkSubject {
    /// The shape of an input of its usual size.
    var usualShape: TensorShape {
        TensorShape(batch: 1, height: usualInput.height, width: usualInput.width, channels: inputChannels)
    }

    /// Whether the channels of a pixel stand in the order of OpenCV.
    var readsBlueFirst: Bool {
        if case .detector(let detector) = task { detector.inputTransform.channelOrder == .bgr } else { false }
    }

    /// Says so where weights are nobody's.
    func noteDrawnWeights(_ console: Console) {
        if !isTrained { console.note("\(name): the weights are drawn at random; a file of weights shows trained ones") }
    }

    /// - Throws: ``CommandError`` that lists the nodes when none has the name.
    func requireNode(_ node: String) throws {
        guard graph.node(named: node) == nil else { return }
        let names = graph.nodes.map(\.name)
        let near = names.filter { $0.contains(node) || node.contains($0) }
        let listed = near.isEmpty ? names : near
        throw CommandError(
            "\(name): no node is called '\(node)'. \(near.isEmpty ? "There are" : "There are, among others,") "
                + "\(listed.joined(separator: ", ")). 'needletail inspect maps' without --node lists all with their shapes."
        )
    }

    /// - Throws: ``CommandError`` when it is another network.
    func requireDetector() throws -> DenseDetector {
        guard case .detector(let detector) = task else {
            throw CommandError(
                "\(name): this is no detector. Give the best.safetensors of a run, or 'retinanet-resnet18'.")
        }
        return detector
    }
}
