import NeedletailErrors
import NeedletailGeometry
import NeedletailImages
import NeedletailKernels
import NeedletailModels

/// A detector from an ONNX file, whoever wrote it: what its outputs mean is recognised by their names and shapes.
public final class ONNXDetector: ObjectDetector {
    /// What a file does not say of itself.
    public struct Options {
        /// The layout's name, one of ``ONNXDetector/layouts``; recognised unless given.
        public var layout: String?
        /// Names of the classes, in the order of the outputs.
        public var classNames: [String]?
        /// The number that the network reads for white, 1 or 255.
        public var white: Float?

        public init(layout: String? = nil, classNames: [String]? = nil, white: Float? = nil) {
            self.layout = layout
            self.classNames = classNames
            self.white = white
        }
    }

    /// The layouts that are known, each with those who write it.
    public static var layouts: [(name: String, origin: String)] {
        ONNXDetectorLayouts.known.map { ($0.name, $0.origin) }
    }

    public let network: ONNXNetwork
    public let name: String
    public let categories: [DenseDetector.Category]
    public private(set) var inputTransform: InputTransform
    public let inputSide: Int?
    public var postProcessing: PostProcessing
    public var scoreThresholds: ScoreThresholds? { nil }
    private let layout: any ONNXDetectorLayout
    private let input: ONNXImageInput

    /// Opens a file.
    ///
    /// - Throws: `CheckpointError`, ``ONNXError``, also where nothing is known that has such outputs.
    public init(contentsOf path: String, options: Options = Options(), pool: ThreadPool) throws {
        network = try ONNXNetwork(contentsOf: path).takingOneImage(pool: pool)
        guard let input = ONNXImageInput(network), input.channels == 3 else {
            let inputs = network.inputs.map(Self.text).joined(separator: ", ")
            throw ONNXError(
                .unknown, subject: path, problem: "it takes no photograph, but \(inputs.isEmpty ? "nothing" : inputs)")
        }
        self.input = input
        let names = options.classNames ?? ClassNames.inMetadata(network.metadata)
        var kinds = ONNXDetectorLayouts.known
        if let layout = options.layout {
            guard let kind = ONNXDetectorLayouts.named(layout) else {
                throw ONNXError(
                    .unknown, subject: path, problem: "there is no layout '\(layout)'",
                    remedy: "Layouts are \(ONNXDetectorLayouts.names.joined(separator: ", "))")
            }
            kinds = [kind]
        }
        let shape = try Self.shape(of: network, input, classNames: names, pool: pool)
        guard let layout = kinds.lazy.compactMap({ $0.init(shape) }).first else {
            let outputs = zip(shape.outputNames, shape.outputs).map { "'\($0)' \($1)" }.joined(separator: ", ")
            let wanted = options.layout.map { "of the layout '\($0)'" } ?? "that are known"
            throw ONNXError(
                .unknown, subject: path, problem: "its outputs are none \(wanted): \(outputs)",
                remedy:
                    "Say which they are with \(setting: .layout): \(ONNXDetectorLayouts.names.joined(separator: ", "))")
        }
        self.layout = layout
        name = type(of: layout).name
        categories = try ClassNames.categories(
            names, count: layout.classCount, firstClass: layout.firstClass, path: path)
        let convention = layout.input
        postProcessing = convention.postProcessing
        let height = input.size.height ?? convention.usualSide, width = input.size.width ?? convention.usualSide
        inputSide = input.size.height ?? input.size.width
        var deviation = convention.deviation, mean = convention.mean
        let white = options.white ?? (input.takesBytes ? 255 : nil)
        if let white { (mean, deviation) = (.zero, SIMD3(repeating: 1 / white)) }
        inputTransform = InputTransform(
            fit: convention.fit, minimumSize: height, maximumSize: width, mean: mean, deviation: deviation, divisor: 1,
            channelOrder: convention.channelOrder, fill: convention.fill)
    }

    private init(replicaOf detector: ONNXDetector) {
        network = ONNXNetwork(replicaOf: detector.network)
        (name, categories) = (detector.name, detector.categories)
        (inputTransform, inputSide) = (detector.inputTransform, detector.inputSide)
        postProcessing = detector.postProcessing
        (layout, input) = (detector.layout, detector.input)
    }

    public func replica() -> (any ObjectDetector)? { ONNXDetector(replicaOf: self) }
    public var planMemorySize: Int { network.planMemorySize }

    private static func text(_ port: ONNXNetwork.Port) -> String {
        let sizes = port.shape.map { "[\($0.map { $0.map(String.init) ?? "?" }.joined(separator: ", "))]" } ?? ""
        return "'\(port.name)' \(port.kind.map { "\($0)" } ?? "")\(sizes)"
    }

    /// The shapes of the outputs: as the file states them, or as an empty image has them.
    private static func shape(
        of network: ONNXNetwork, _ input: ONNXImageInput, classNames: [String]?, pool: ThreadPool
    ) throws -> ONNXDetectorShape {
        let size = Image.Size(width: input.size.width ?? 640, height: input.size.height ?? 640)
        var shape = ONNXDetectorShape(
            inputNames: network.inputs.map(\.name), outputNames: network.outputs.map(\.name), outputs: [], input: size,
            metadata: network.metadata, classNames: classNames)
        let stated = network.outputs.map { $0.shape?.enumerated().map { axis, size in size ?? (axis == 0 ? 1 : nil) } }
        if stated.allSatisfy({ $0.map { !$0.contains(nil) } ?? false }) {
            shape.outputs = stated.map { $0?.compactMap(\.self) ?? [] }
            return shape
        }
        let blank = Image(width: 1, height: 1, format: .rgb, bytes: [0, 0, 0])
        let transform = InputTransform(fit: .stretch, minimumSize: size.height, maximumSize: size.width, divisor: 1)
        let placement = ImagePlacement(original: size, resized: size)
        var feeds = network.feeds(input, size: size) { _ in }
        feeds[input.name] = input.feed(blank, transform: transform, placement: placement, padded: size)
        do {
            let outputs = try network.run(feeds: feeds, pool: pool)
            shape.outputs = network.outputs.map { outputs[$0.name]?.shape ?? [] }
        } catch let error as ONNXError {
            throw input.explained(error, size)
        }
        return shape
    }

    public func setInputSide(_ side: Int) {
        (inputTransform.minimumSize, inputTransform.maximumSize) = (side, side)
    }

    public func detections(
        in images: [Image], originalSizes: [Image.Size]?, pool: ThreadPool
    ) throws -> [[Detection]] {
        let originals = originalSizes ?? images.map { Image.Size(width: $0.width, height: $0.height) }
        return try zip(images, originals).map { image, original in
            let size = inputTransform.resizedSize(width: original.width, height: original.height)
            let padded = inputTransform.paddedSize([size])
            let input = Image.Size(width: padded.width, height: padded.height)
            let placement = ImagePlacement(
                original: original, resized: Image.Size(width: size.width, height: size.height))
            var feeds = layout.otherInputs(placement, padded: input).mapValues { ONNXFeed.tensor($0) }
            feeds[self.input.name] = self.input.feed(
                image, transform: inputTransform, placement: placement, padded: input)
            let outputs = try network.run(feeds: feeds, pool: pool)
            let view = ONNXDetectorView(
                input: input, placement: placement, scoreThreshold: postProcessing.scoreThreshold,
                candidateLimit: postProcessing.candidatesPerLevel)
            let candidates = layout.candidates(network.outputs.compactMap { outputs[$0.name] }, in: view)
            var processing = postProcessing
            if layout.isSuppressed { processing.overlapThreshold = 1 }
            return processing.detections(candidates, placement: placement, categories: categories)
        }
    }
}

extension Setting {
    /// How the outputs of a network from elsewhere are to be read.
    public static let layout = Setting(rawValue: "ONNXDetector.Options.layout")
    /// The names of its classes.
    public static let classNames = Setting(rawValue: "ONNXDetector.Options.classNames")
}
