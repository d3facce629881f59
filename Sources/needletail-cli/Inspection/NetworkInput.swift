import Needletail
import NeedletailPlatform

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
        var transform: InputTransform
        switch subject.task {
        case .detector(let detector):
            guard size == nil else {
                throw CommandError(
                    "\(subject.name): the input of a detector follows from the photograph; leave out --input.")
            }
            transform = detector.inputTransform
        case .classifier(let classifier): transform = classifier.inputTransform
        case .layers, .imported:
            guard [1, 3].contains(subject.inputChannels) else {
                throw CommandError(
                    "\(subject.name): it reads \(subject.inputChannels) channels; a photograph has one, grey, or three."
                )
            }
            transform = .whole(
                Extent(height: subject.usualInput.height, width: subject.usualInput.width),
                channels: subject.inputChannels)
        }
        if let size {
            (transform.fit, transform.minimumSize, transform.maximumSize) = (.whole, size.height, size.width)
            if transform.fixedSize != subject.fixedSize { transform.whitening = nil }
        }
        self.init(image, transform: transform)
    }

    private init(_ image: Image, transform: InputTransform) {
        let size = transform.resizedSize(width: image.width, height: image.height)
        let padded = transform.paddedSize([size])
        shape = TensorShape(batch: 1, height: padded.height, width: padded.width, channels: transform.channels)
        var pixels = [Float](repeating: 0, count: shape.count)
        pixels.withUnsafeMutableBufferPointer { pixels in
            guard let base = pixels.baseAddress else { return }
            transform.write(image, size: size, paddedWidth: padded.width, paddedHeight: padded.height, into: base)
        }
        self.pixels = pixels
        self.image =
            transform.whitening == nil
            ? Self.picture(pixels, shape: shape, transform).cropped(x: 0, y: 0, width: size.width, height: size.height)
            : image.resized(width: size.width, height: size.height)
    }

    /// The numbers with their normalisation undone.
    private static func picture(_ pixels: [Float], shape: TensorShape, _ transform: InputTransform) -> Image {
        let channels = transform.channels
        let bytes = pixels.indices.map { index in
            let channel = index % channels
            let value = pixels[transform.channelOrder == .bgr ? index + 2 - 2 * channel : index]
            let level = (value * transform.deviation[channel] + transform.mean[channel]) * 255 + 0.5
            return UInt8(saturating: level)
        }
        return Image(width: shape.width, height: shape.height, format: channels == 1 ? .gray : .rgb, bytes: bytes)
    }
}

extension NetworkSubject {
    /// The shape of an input of its usual size.
    var usualShape: TensorShape {
        TensorShape(batch: 1, height: usualInput.height, width: usualInput.width, channels: inputChannels)
    }

    /// The size of its input where that does not depend on the image.
    fileprivate var fixedSize: Image.Size? {
        if case .classifier(let classifier) = task { classifier.inputTransform.fixedSize } else { nil }
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
