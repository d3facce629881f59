import NeedletailCheckpoints
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import Synchronization

/// A network from an ONNX file, ready to be run on inputs of any shape that it takes.
///
/// What a plan can compute becomes a ``Graph`` for the shapes of the inputs, with the passes and kernels of all other
/// networks; the rest, such as which boxes remain, is computed operator by operator. Operators of versions 7 to 21 are read,
/// and of others as far as they mean the same.
public final class ONNXNetwork {
    /// An input or output.
    public struct Port: Hashable, Sendable {
        public var name: String
        /// Nil where the file does not say.
        public var kind: StoredTensor.ScalarType?
        /// Nil for sizes that are open, or as a whole where even their number is.
        public var shape: [Int?]?
    }

    public let path: String
    /// Those that are given, without constants.
    public let inputs: [Port]
    public let outputs: [Port]
    /// Texts that the program which wrote the file has added.
    public let metadata: [String: String]
    /// That program.
    public let producer: String
    /// Of ONNX's own operators.
    public let operatorSet: Int

    /// Whether all is computed by the operators' definitions, one by one, as plans are measured against.
    package var plansNothing = false { didSet { sessions.removeAll() } }

    let nodes: [PreparedNode]
    let constants: [String: ONNXConstant]
    /// How what is stated for several images is read for one.
    let reduction: BatchReduction?
    private var sessions: [[String: [Int]]: ONNXSession] = [:]

    /// Opens a file.
    ///
    /// - Throws: `CheckpointError` for a file that cannot be read, ``ONNXError`` for a network that cannot be computed: it
    ///   names the nodes.
    public convenience init(contentsOf path: String) throws {
        try self.init(ONNXModel(contentsOf: path), path: path)
    }

    package init(_ model: ONNXModel, path: String) throws {
        self.path = path
        let preparation = try ONNXPreparation(model, path: path)
        nodes = preparation.nodes
        constants = preparation.constants
        reduction = nil
        func port(_ value: ONNXValue) -> Port {
            Port(
                name: value.name, kind: value.scalarType,
                shape: value.dimensions?.map { if case .fixed(let size) = $0 { size } else { nil } })
        }
        let names = Set(model.graph.initializers.map(\.name))
        inputs = model.graph.inputs.filter { !names.contains($0.name) }.map(port)
        outputs = model.graph.outputs.map(port)
        metadata = Dictionary(model.metadata.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        producer = [model.producer, model.producerVersion].filter { !$0.isEmpty }.joined(separator: " ")
        operatorSet = model.operatorSets[""] ?? 0
    }

    /// Makes a network with the weights of another, packed as they are there, to run beside it on another thread.
    init(replicaOf network: ONNXNetwork) {
        path = network.path
        nodes = network.nodes
        constants = network.constants
        reduction = network.reduction
        (inputs, outputs) = (network.inputs, network.outputs)
        (metadata, producer, operatorSet) = (network.metadata, network.producer, network.operatorSet)
        plansNothing = network.plansNothing
        sessions = network.sessions.mapValues { ONNXSession(replicaOf: $0, in: self) }
    }

    /// Makes the network of another for one image, where that is for several.
    init(_ network: ONNXNetwork, reducedBy reduction: BatchReduction, inputs: [Port], outputs: [Port]) {
        path = network.path
        nodes = network.nodes
        constants = network.constants
        self.reduction = reduction
        (self.inputs, self.outputs) = (inputs, outputs)
        (metadata, producer, operatorSet) = (network.metadata, network.producer, network.operatorSet)
        plansNothing = network.plansNothing
    }

    /// Makes the network of another that takes an image alone, with images as the first axis of its input.
    private init(_ network: ONNXNetwork, takingImagesAs name: String) {
        path = network.path
        var images = "\(name) of images"
        while network.constants[images] != nil || network.nodes.contains(where: { $0.node.outputs.contains(images) }) {
            images += "_"
        }
        let removal = ONNXNode("Squeeze", inputs: [images], outputs: [name], attributes: ["axes": .integers([0])])
        nodes = [PreparedNode(node: removal, version: 11, subject: path)] + network.nodes
        constants = network.constants
        reduction = nil
        inputs = network.inputs.map { port in
            port.name == name ? Port(name: images, kind: port.kind, shape: port.shape.map { [1] + $0 }) : port
        }
        outputs = network.outputs
        (metadata, producer, operatorSet) = (network.metadata, network.producer, network.operatorSet)
        plansNothing = network.plansNothing
    }

    /// Bytes that its plans hold.
    var planMemorySize: Int { sessions.values.reduce(0) { $0 + $1.planMemorySize } }

    /// Computes the outputs.
    ///
    /// - Parameter inputs: By name, each in the shape that it is to be computed for.
    /// - Throws: ``ONNXError`` that names what is missing, or the node that the shapes do not fit.
    public func run(_ inputs: [String: ONNXTensor], pool: ThreadPool) throws -> [String: ONNXTensor] {
        var feeds: [String: ONNXFeed] = [:]
        for port in self.inputs {
            guard let tensor = inputs[port.name] else {
                throw ONNXError(.unknown, subject: path, problem: "the input '\(port.name)' is missing")
            }
            feeds[port.name] = .tensor(tensor)
        }
        return try run(feeds: feeds, pool: pool)
    }

    func run(feeds: [String: ONNXFeed], pool: ThreadPool) throws -> [String: ONNXTensor] {
        try session(for: feeds.mapValues(\.shape)).run(feeds, pool: pool)
    }

    /// The network as a graph of one photograph, `[1, height, width, 3]`.
    ///
    /// - Parameter input: The size of the photograph; the file's own, or 640 pixels where it leaves it open, unless given.
    /// - Throws: ``ONNXError`` when it takes no photograph alone, or cannot be planned as a whole.
    public func graph(input: Image.Size? = nil) throws -> (graph: Graph, input: Image.Size) {
        if let port = ONNXImageInput(self), port.arrangement == .single {
            return try ONNXNetwork(self, takingImagesAs: port.name).graph(input: input)
        }
        let planned = try planned(input: input)
        guard let port = ONNXImageInput(self), port.batch ?? 1 == 1 else { throw noPhotograph }
        guard let graph = planned.stage.graph else {
            throw ONNXError(.unsupported, subject: path, problem: "none of its operators can be planned")
        }
        return (DropUnread()(graph), planned.input)
    }

    /// The size of the map that its first layer reads, which is another than the photograph's where the file resizes that itself; nil
    /// where the file leaves its size open.
    ///
    /// - Throws: As ``graph(input:)``.
    public func firstMapSize() throws -> Extent? {
        guard let port = ONNXImageInput(self), port.size.height != nil, port.size.width != nil else { return nil }
        let (graph, size) = try graph()
        guard graph.inputs.count == 1 else { return nil }
        let input = TensorShape(batch: 1, height: size.height, width: size.width, channels: port.channels)
        let types = try graph.types(inputs: [TensorType(input)])
        guard let first = graph.nodes.first(where: { $0.operation is Convolution || $0.operation is SpaceToDepth })
        else {
            return nil
        }
        let map = types[first.inputs[0].node][first.inputs[0].output].shape
        return Extent(height: map.height, width: map.width)
    }

    private var noPhotograph: ONNXError {
        ONNXError(.unknown, subject: path, problem: "it does not take a photograph")
    }

    /// What a plan computes of a photograph, or of as many as the file states, or of inputs whose shapes it states, and what
    /// follows behind it.
    ///
    /// - Throws: ``ONNXError`` when it takes no photograph alone, and leaves a size open.
    func planned(
        input: Image.Size?
    ) throws -> (stage: ONNXSession.Stage, feeds: [String: ONNXFeed], input: Image.Size) {
        guard let port = ONNXImageInput(self) else {
            let feeds = try inputs.reduce(into: [String: ONNXFeed]()) { feeds, port in
                guard let shape = port.shape?.compactMap(\.self), shape.count == port.shape?.count, input == nil,
                    let count = try? Evaluation.checkedCount(shape)
                else { throw noPhotograph }
                let isFloating = port.kind?.isFloatingPoint ?? true
                feeds[port.name] = .tensor(
                    isFloating
                        ? ONNXTensor([Float](repeating: 0, count: count), shape: shape, kind: port.kind ?? .float32)
                        : ONNXTensor([Int64](repeating: 0, count: count), shape: shape, kind: port.kind ?? .int64))
            }
            let stage = try session(for: feeds.mapValues(\.shape)).firstStage(feeds)
            return (stage, feeds, Image.Size(width: 0, height: 0))
        }
        let size = Image.Size(
            width: port.size.width ?? input?.width ?? 640, height: port.size.height ?? input?.height ?? 640)
        if let input, input != size {
            throw ONNXError(
                .malformed, subject: path,
                problem: "its input is \(size.width)x\(size.height) pixels, not \(input.width)x\(input.height)")
        }
        let feeds = feeds(port, size: size, count: port.batch ?? 1) { _ in }
        do {
            return (try session(for: feeds.mapValues(\.shape)).firstStage(feeds), feeds, size)
        } catch let error as ONNXError {
            throw port.explained(error, size, setting: .exportSize)
        }
    }

    /// Photographs with what else an input may ask for, the size of each where the file does not say how many numbers.
    ///
    /// - Parameter pixels: Writes `[count, height, width, channels]`.
    func feeds(
        _ port: ONNXImageInput, size: Image.Size, count: Int = 1,
        pixels: @escaping (UnsafeMutablePointer<Float>) -> Void
    ) -> [String: ONNXFeed] {
        var feeds = [port.name: port.feed(size: size, count: count, pixels: pixels)]
        for other in inputs where other.name != port.name {
            let stated = other.shape?.compactMap(\.self)
            let sizes = stated.flatMap { $0.count == other.shape?.count ? $0 : nil } ?? [count, 2]
            guard let total = try? Evaluation.checkedCount(sizes) else { continue }
            let numbers = (0..<total).map { Int64($0.isMultiple(of: 2) ? size.width : size.height) }
            feeds[other.name] = .tensor(
                other.kind?.isFloatingPoint ?? false
                    ? ONNXTensor(numbers.map { Float($0) }, shape: sizes, kind: other.kind ?? .float32)
                    : ONNXTensor(numbers, shape: sizes, kind: other.kind ?? .int64))
        }
        return feeds
    }

    /// The network for inputs of some shapes; the last few are kept.
    func session(for shapes: [String: [Int]]) throws -> ONNXSession {
        if let session = sessions[shapes] { return session }
        for port in inputs {
            guard let stated = port.shape, let given = shapes[port.name] else { continue }
            let fits = stated.count == given.count && zip(stated, given).allSatisfy { $0 == nil || $0 == $1 }
            guard fits else {
                let wanted = stated.map { $0.map(String.init) ?? "?" }.joined(separator: ", ")
                throw ONNXError(
                    .malformed, subject: path, problem: "the input '\(port.name)' takes [\(wanted)], not \(given)")
            }
        }
        let session = ONNXSession(self)
        if sessions.count >= 4 { sessions.removeAll() }
        sessions[shapes] = session
        return session
    }
}

/// What an input is given.
enum ONNXFeed {
    case tensor(ONNXTensor)
    /// A batch of maps that is written as `[batch, height, width, channels]`, whatever the network's order.
    case map(shape: [Int], isChannelsLast: Bool, write: (UnsafeMutablePointer<Float>) -> Void)

    var shape: [Int] {
        switch self {
        case .tensor(let tensor): tensor.shape
        case .map(let shape, _, _): shape
        }
    }

    /// The numbers of a map in the network's own order.
    var written: ONNXTensor? {
        guard case .map(let shape, let isChannelsLast, let write) = self else { return nil }
        var numbers = [Float](repeating: 0, count: shape.reduce(1, *))
        numbers.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { write(base) } }
        if isChannelsLast { return ONNXTensor(numbers, shape: shape) }
        return ONNXTensor(numbers, shape: [shape[0], shape[2], shape[3], shape[1]]).transposed([0, 3, 1, 2])
    }
}

/// A node in its place, with what errors call it.
struct PreparedNode {
    var node: ONNXNode
    /// Of the operators of its domain.
    var version: Int
    /// The file, and the node in it.
    var subject: String
    /// Its graphs, by attribute.
    var graphs: [String: PreparedGraph] = [:]
    /// What the nodes of those graphs read from outside.
    var captured: [String] = []
}

/// A graph within a node.
struct PreparedGraph {
    var nodes: [PreparedNode]
    var inputs: [String]
    var outputs: [String]
}

/// A number or tensor that the file holds, converted when somebody first looks at it.
final class ONNXConstant {
    let stored: StoredTensor?
    /// Replicas of a network look at the same constants.
    private let converted: Mutex<ONNXTensor?>

    init(_ stored: StoredTensor) {
        self.stored = stored
        converted = Mutex(nil)
    }

    init(_ tensor: ONNXTensor) {
        stored = nil
        converted = Mutex(tensor)
    }

    var shape: [Int] { stored?.shape ?? converted.withLock { $0?.shape } ?? [] }
    var kind: StoredTensor.ScalarType { stored?.scalarType ?? converted.withLock { $0?.kind } ?? .float32 }

    /// - Throws: `CheckpointError`.
    func tensor() throws -> ONNXTensor {
        if let tensor = converted.withLock({ $0 }) { return tensor }
        guard let stored else { preconditionFailure("a constant of nothing") }
        let tensor = try ONNXTensor(stored)
        converted.withLock { $0 = tensor }
        return tensor
    }
}
