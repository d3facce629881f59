import Needletail
import NeedletailErrors
import NeedletailSystem

/// The network that a person means: a classifier or a detector by name, a file of weights, or layers in words.
struct NetworkSubject {
    /// What the network is for.
    enum Task {
        case detector(DenseDetector)
        case classifier(Classifier)
        /// Layers that end in no classes.
        case layers
        /// A network from an ONNX file that is none of ours.
        case imported
    }

    /// What a person calls it.
    let name: String
    let task: Task
    let graph: Graph
    let inputChannels: Int
    /// An input that suits it.
    let usualInput: InputSize
    /// Whether its weights are those of a file; otherwise they are drawn.
    let isTrained: Bool
    private let groups: [ParameterGroup]

    /// What is needed of a network that is only described, or also computed.
    enum Purpose {
        case shape
        case weights
    }

    /// - Parameters:
    ///   - classes: What a detector that is given by name is to find; or so many.
    ///   - input: What takes the place of the usual input, which layers in words are made for.
    init(
        model: String?, layers: String? = nil, classCount: Int? = nil,
        categories: [DenseDetector.Category]? = nil, input: InputSize? = nil, for purpose: Purpose = .shape
    ) throws {
        if let layers {
            let isFile = ImageFolder.exists(layers)
            self = try Self.words(layers, isFile: isFile, name: isFile ? layers : Self.oneLine(layers), input: input)
        } else if let model = try model.map(ModelFile.path), ImageFolder.exists(model) {
            if model.hasSuffix(".net") {
                self = try Self.words(model, isFile: true, name: model, input: input)
            } else if try ONNXFile.isONNX(model) {
                self = try Self.onnx(model, input: input, for: purpose)
            } else {
                self = try Self.file(Checkpoint(contentsOf: model), for: purpose)
            }
        } else {
            self = try Self.named(model ?? "", classCount: classCount, categories: categories)
        }
    }

    private init(
        name: String, task: Task, graph: Graph, groups: [ParameterGroup], usualInput: InputSize, inputChannels: Int = 3,
        isTrained: Bool = false
    ) {
        self.name = name
        self.task = task
        self.graph = graph
        self.groups = groups
        self.usualInput = usualInput
        self.inputChannels = inputChannels
        self.isTrained = isTrained
    }

    /// The network of an ONNX file: where weights are wanted and it is one that is known, that one; otherwise its graph, for
    /// its own input size unless another is given.
    private static func onnx(_ path: String, input: InputSize?, for purpose: Purpose) throws -> NetworkSubject {
        if purpose == .weights, let known = try knownWeights(ofONNX: path) { return try file(known, for: purpose) }
        let network = try ONNXNetwork(contentsOf: path).takingOneImage(pool: ThreadPool())
        let found = try network.graph(input: input.map { Image.Size(width: $0.width, height: $0.height) })
        return NetworkSubject(
            name: "\(path) (ONNX, operators of version \(network.operatorSet))", task: .imported,
            graph: found.graph,
            groups: [], usualInput: InputSize(height: found.input.height, width: found.input.width), isTrained: true)
    }

    /// The weights of an ONNX file of a network that is known; nil for any other, whatever it takes or lacks.
    ///
    /// - Throws: Where the file states a model of ours that cannot be made.
    static func knownWeights(ofONNX path: String) throws -> Checkpoint? {
        do { return try Checkpoint.weights(contentsOf: path) } catch is ONNXError, is GraphError, is PlanError {
            return nil
        }
    }

    private static func words(_ text: String, isFile: Bool, name: String, input: InputSize?) throws -> NetworkSubject {
        let size = input.map { Extent(height: $0.height, width: $0.width) }
        let list =
            isFile
            ? try LayerList(contentsOf: text, size: size, usualSize: 224)
            : try LayerList(text, size: size, usualSize: 224)
        let reached = list.inputSize ?? 224
        return NetworkSubject(
            name: name, task: try task(of: list, text: text, isFile: isFile), graph: list.graph,
            groups: list.parameterGroups,
            usualInput: InputSize(height: reached.height, width: reached.width), inputChannels: list.inputChannels)
    }

    /// Layers that end in classes, and say what they read, are a classifier.
    private static func task(of list: LayerList, text: String, isFile: Bool) throws -> Task {
        let text = isFile ? try Self.text(of: text) : text
        guard let network = try? TextNetwork(text), network.inputChannels == list.inputChannels else { return .layers }
        return .classifier(
            Classifier(
                AnyBackboneArchitecture(network), classCount: network.usualClassCount,
                inputTransform: .whole(network.inputExtent, channels: network.inputChannels)))
    }

    private static func text(of path: String) throws -> String {
        let source = try ByteSource(reading: path, limit: 1 << 20)
        return withExtendedLifetime(source) { String(decoding: source.text, as: UTF8.self) }
    }

    /// The text of several lines as a heading.
    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: "; ")
    }

    func trainedParameters(backboneStages: Int) -> Set<Parameter> {
        Set(groups.trained(backboneStages: backboneStages).flatMap(\.parameters).filter { $0.role == .weight })
    }

    private static func named(
        _ name: String, classCount: Int?, categories: [DenseDetector.Category]?
    ) throws -> NetworkSubject {
        if let backbone = AnyBackboneArchitecture(name: name) {
            return classifier(makeClassifier(backbone, classCount: classCount), name: name, isTrained: false)
        }
        guard let model = DetectorModel(argument: name) else {
            let known = AnyBackboneArchitecture.all.map(\.name) + DetectorModel.allNames
            let question = NearestName.question(name, among: known)
            throw CommandError(
                "\(name): there is neither a model of this name nor a file."
                    + (question.isEmpty ? " Models are \(known.joined(separator: ", "))." : question))
        }
        let recipe = model.recipe.recipe
        // COCO has 80 classes; torchvision counts their ids, up to 90.
        let usual = recipe is YOLOXRecipe ? 80 : 90
        let count = categories?.count ?? classCount ?? usual
        let training = TrainingRecipe(.balanced, model: model.recipe)
        let configuration = DenseDetector.Configuration(
            network: recipe.network(for: DetectorSubject(classCount: count)),
            transform: training.inputTransform, postProcessing: recipe.postProcessing,
            categories: categories
                ?? (1...max(count, 1)).map { .init(id: $0, name: "class \($0)", classIndex: $0) })
        return detector(
            DenseDetector(configuration), name: name, usualInput: InputSize(training.inputSize), isTrained: false)
    }

    static func file(_ checkpoint: Checkpoint, for purpose: Purpose) throws -> NetworkSubject {
        let path = checkpoint.path
        if let configuration = try DenseDetector.configuration(of: checkpoint) {
            let side = configuration.transform.paddedSize([
                configuration.transform.resizedSize(width: 1, height: 1)
            ])
            let model = try purpose == .weights ? DenseDetector(checkpoint) : DenseDetector(configuration)
            model.scoreThresholds = DenseDetector.scoreThresholds(of: checkpoint)
            return detector(
                model,
                name: "\(path) (\(configuration.network.name))", usualInput: InputSize(side.width), isTrained: true)
        }
        if let configuration = try Classifier.configuration(of: checkpoint) {
            let model = try purpose == .weights ? Classifier(checkpoint) : Classifier(configuration.unwhitened)
            return classifier(model, name: "\(path) (\(configuration.architecture.name))", isTrained: true)
        }
        guard let backbone = AnyBackboneArchitecture(of: checkpoint) else {
            throw CommandError(
                "\(path): these weights are of no network that is known here. 'needletail weights show' lists them.")
        }
        // The last linear layer has a row for each class.
        let rows = checkpoint.tensors.last { $0.shape.count == 2 && $0.name.hasSuffix(".weight") }?.shape.first
        let model = makeClassifier(backbone, classCount: rows)
        if purpose == .weights {
            // A backbone alone is worth looking into, too.
            let head = model.parameterGroups.filter { !$0.isBackbone }.flatMap(\.parameters).map(\.name)
            let mapping = try ParameterMapping(
                of: model.parameters.expected, in: checkpoint, allowing: .init(missing: head))
            try model.parameters.fill(from: mapping, takesOver: checkpoint.isMapped)
        }
        return classifier(model, name: "\(path) (\(backbone.name))", isTrained: true)
    }

    private static func makeClassifier(_ backbone: AnyBackboneArchitecture, classCount: Int?) -> Classifier {
        Classifier(
            backbone, classCount: classCount ?? backbone.architecture.usualClassCount,
            inputTransform: .published(backbone))
    }

    private static func classifier(_ model: Classifier, name: String, isTrained: Bool) -> NetworkSubject {
        let architecture = model.configuration.architecture.architecture
        let size = model.inputTransform.fixedSize
        return NetworkSubject(
            name: name, task: .classifier(model), graph: model.graph, groups: model.parameterGroups,
            usualInput: size.map { InputSize(height: $0.height, width: $0.width) }
                ?? InputSize(architecture.inputSize),
            inputChannels: architecture.inputChannels, isTrained: isTrained)
    }

    private static func detector(
        _ detector: DenseDetector, name: String, usualInput: InputSize, isTrained: Bool
    ) -> NetworkSubject {
        NetworkSubject(
            name: name, task: .detector(detector), graph: detector.graph, groups: detector.parameterGroups,
            usualInput: usualInput, isTrained: isTrained)
    }
}

extension InputTransform {
    /// An image stretched to a size: in colours normalised as those of ImageNet, in grey from -1 to 1.
    static func whole(_ size: Extent, channels: Int) -> InputTransform {
        let isGray = channels == 1, usual = InputTransform()
        return InputTransform(
            fit: .whole, minimumSize: size.height, maximumSize: size.width,
            mean: isGray ? SIMD3(repeating: 0.5) : usual.mean,
            deviation: isGray ? SIMD3(repeating: 0.5) : usual.deviation, divisor: 1,
            channelOrder: isGray ? .gray : .rgb)
    }
}

extension Classifier.Configuration {
    /// Without what lies in the file besides, where only the shape of the network matters.
    fileprivate var unwhitened: Classifier.Configuration {
        var configuration = self
        configuration.whitening = nil
        return configuration
    }
}
