import NeedletailErrors
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailPlatform

/// A classifier from an ONNX file, whoever wrote it: a number for each class, of a photograph.
///
/// Photographs are read as torchvision measures its classifiers, the middle square normalised as those of ImageNet, unless
/// the file says that it takes numbers from 0 to 1.
public final class ONNXClassifier: ImageClassifier {
    public let network: ONNXNetwork
    public let classes: [String]
    public let inputTransform: InputTransform
    public let hasSeveralLabels = false
    private let input: ONNXImageInput
    private let output: String

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - classNames: In the order of the outputs; from the file, or numbers, unless given.
    ///   - white: The number that the network reads for white, 1 or 255, without a normalisation.
    /// - Throws: `CheckpointError`, ``ONNXError``.
    public init(contentsOf path: String, classNames: [String]? = nil, white: Float? = nil, pool: ThreadPool) throws {
        network = try ONNXNetwork(contentsOf: path).takingOneImage(pool: pool)
        guard let input = ONNXImageInput(network), network.inputs.count == 1 else {
            throw ONNXError(.unknown, subject: path, problem: "it does not take a photograph alone")
        }
        self.input = input
        let height = input.size.height ?? 224, width = input.size.width ?? 224
        let isUnit = network.metadata["task"] == "classify"
        var transform = InputTransform(
            fit: height == width ? .middle : .whole, minimumSize: height,
            maximumSize: height != width ? width : isUnit ? height : height * 256 / 224, divisor: 1,
            channelOrder: input.channels == 1 ? .gray : .rgb)
        if let (fit, side) = network.metadata[Self.inputKey].flatMap(Self.input) {
            (transform.fit, transform.maximumSize) = (fit, fit == .middle ? max(side, height) : width)
        }
        if let white = white ?? (isUnit ? 1 : input.takesBytes ? 255 : nil) {
            (transform.mean, transform.deviation) = (.zero, SIMD3(repeating: 1 / white))
        } else if input.arrangement == .channelsLast || input.channels == 1 {
            // TensorFlow's networks for small machines, and those that read digits, read numbers from -1 to 1.
            (transform.mean, transform.deviation) = (SIMD3(repeating: 0.5), SIMD3(repeating: 0.5))
        }
        inputTransform = transform
        let size = Image.Size(width: width, height: height)
        let blank = Image(width: 1, height: 1, format: .rgb, bytes: [0, 0, 0])
        let feed = input.feed(
            blank,
            transform: InputTransform(
                fit: .whole, minimumSize: height, maximumSize: width, divisor: 1, channelOrder: transform.channelOrder),
            placement: ImagePlacement(original: size, resized: size), padded: size)
        let results: [String: ONNXTensor]
        do { results = try network.run(feeds: [input.name: feed], pool: pool) } catch let error as ONNXError {
            throw input.explained(error, size)
        }
        let rows = network.outputs.compactMap { port -> (name: String, count: Int)? in
            guard let tensor = results[port.name], tensor.kind.isFloatingPoint, tensor.rank >= 1, tensor.count > 1,
                tensor.shape.max() == tensor.count
            else { return nil }
            return (port.name, tensor.count)
        }
        guard let found = rows.first else {
            let shapes = network.outputs.map { "'\($0.name)' \(results[$0.name]?.shape ?? [])" }.joined(separator: ", ")
            throw ONNXError(.unknown, subject: path, problem: "its outputs are no numbers for classes: \(shapes)")
        }
        output = found.name
        let names = classNames ?? ClassNames.inMetadata(network.metadata) ?? (0..<found.count).map { "\($0)" }
        guard names.count == found.count else {
            throw ONNXError(
                .unknown, subject: path, problem: "there are \(names.count) names for \(found.count) classes",
                remedy: "Give a name for each with \(setting: .classNames)")
        }
        classes = names
    }

    private init(replicaOf classifier: ONNXClassifier) {
        network = ONNXNetwork(replicaOf: classifier.network)
        (classes, inputTransform) = (classifier.classes, classifier.inputTransform)
        (input, output) = (classifier.input, classifier.output)
    }

    public func replica() -> (any ImageClassifier)? { ONNXClassifier(replicaOf: self) }
    public var planMemorySize: Int { network.planMemorySize }

    /// Where our own files say how a picture becomes their input.
    static let inputKey = "needletail_input"

    static func inputText(_ transform: InputTransform) -> String {
        "\(transform.fit.rawValue) \(transform.maximumSize)"
    }

    private static func input(_ text: String) -> (fit: InputTransform.Fit, side: Int)? {
        let words = text.split(separator: " ")
        guard words.count == 2, let fit = InputTransform.Fit(rawValue: String(words[0])),
            fit == .middle || fit == .whole,
            let side = Int(words[1]), (1...65_536).contains(side)
        else { return nil }
        return (fit, side)
    }

    public func outcome(
        of batch: TrainingBatch<[Int]>, pool: ThreadPool
    ) throws -> (predictions: [Classifier.Prediction], losses: LossValues) {
        let size = Image.Size(width: batch.width, height: batch.height)
        let count = batch.width * batch.height * batch.channels
        let predictions = try (0..<batch.count).map { row -> Classifier.Prediction in
            let feed = input.feed(size: size) { target in
                batch.pixels.withUnsafeBufferPointer { pixels in
                    guard let base = pixels.baseAddress else { return }
                    target.update(from: base + row * count, count: count)
                }
            }
            let scores = try network.run(feeds: [input.name: feed], pool: pool)[output]?.floats ?? []
            let shares = Self.probabilities(scores)
            let best = shares.indices.max { shares[$0] == shares[$1] ? $0 > $1 : shares[$0] < shares[$1] } ?? 0
            return Classifier.Prediction(classIndex: best, probabilities: shares)
        }
        return (predictions, LossValues([]))
    }

    /// What are no probabilities yet becomes a softmax.
    private static func probabilities(_ scores: [Float]) -> [Float] {
        let sum = scores.reduce(0, +)
        if abs(sum - 1) < 1e-3, scores.allSatisfy({ $0 >= 0 }) { return scores }
        let greatest = scores.max() ?? 0, powers = scores.map { exp($0 - greatest) }
        let total = powers.reduce(0, +)
        return powers.map { $0 / total }
    }
}
