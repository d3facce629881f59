import Needletail

/// The network that is summarised.
struct SummarySubject {
    /// What a person calls it.
    let name: String
    let graph: Graph
    let inputChannels: Int
    /// An input that suits it.
    let usualInput: InputSize
    private let groups: [ParameterGroup]

    /// - Parameter input: What takes the place of the usual input, which layers in words are made for.
    init(model: String?, layers: String?, classCount: Int?, input: InputSize?) throws {
        if let layers {
            let isFile = ImageFolder.exists(layers)
            self = try Self.words(layers, isFile: isFile, name: isFile ? layers : Self.oneLine(layers), input: input)
        } else if let model, ImageFolder.exists(model) {
            self =
                model.hasSuffix(".net")
                ? try Self.words(model, isFile: true, name: model, input: input) : try Self.file(model)
        } else {
            self = try Self.named(model ?? "", classCount: classCount)
        }
    }

    private init(
        name: String, graph: Graph, groups: [ParameterGroup], usualInput: InputSize, inputChannels: Int = 3
    ) {
        self.name = name
        self.graph = graph
        self.groups = groups
        self.usualInput = usualInput
        self.inputChannels = inputChannels
    }

    private static func words(_ text: String, isFile: Bool, name: String, input: InputSize?) throws -> SummarySubject {
        let size = input.map { Extent(height: $0.height, width: $0.width) }
        let list =
            isFile
            ? try LayerList(contentsOf: text, size: size, usualSize: 224)
            : try LayerList(text, size: size, usualSize: 224)
        let reached = list.inputSize ?? 224
        return SummarySubject(
            name: name, graph: list.graph, groups: [],
            usualInput: InputSize(height: reached.height, width: reached.width), inputChannels: list.inputChannels)
    }

    /// The text of several lines as a heading.
    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: "; ")
    }

    func trainedParameters(backboneStages: Int) -> Set<Parameter> {
        Set(groups.trained(backboneStages: backboneStages).flatMap(\.parameters).filter { $0.role == .weight })
    }

    private static func named(_ name: String, classCount: Int?) throws -> SummarySubject {
        if let backbone = AnyBackboneArchitecture(name: name) {
            return classifier(backbone, name: name, classCount: classCount)
        }
        guard let model = DetectorModel(argument: name) else {
            let known = AnyBackboneArchitecture.all.map(\.name) + DetectorModel.allNames
            throw CommandError(
                "\(name): there is neither a model of this name nor a file. Models are \(known.joined(separator: ", "))."
            )
        }
        // COCO has 80 classes; torchvision counts their ids, up to 90.
        let usual = model.recipe.recipe is YOLOXRecipe ? 80 : 90
        let network = model.recipe.recipe.network(for: DetectorSubject(classCount: classCount ?? usual))
        let size = TrainingRecipe(.balanced, model: model.recipe).inputSize
        return detector(network, name: name, usualInput: InputSize(size))
    }

    private static func file(_ path: String) throws -> SummarySubject {
        let checkpoint = try Checkpoint(contentsOf: path)
        if let configuration = try DenseDetector.configuration(of: checkpoint) {
            let side = configuration.transform.paddedSize([
                configuration.transform.resizedSize(width: 1, height: 1)
            ])
            return detector(
                configuration.network, name: "\(path) (\(configuration.network.name))",
                usualInput: InputSize(side.width))
        }
        if let configuration = try Classifier.configuration(of: checkpoint) {
            let size = configuration.transform.fixedSize
            return classifier(
                configuration.architecture, name: "\(path) (\(configuration.architecture.name))",
                classCount: configuration.classes.count,
                usualInput: size.map { InputSize(height: $0.height, width: $0.width) })
        }
        guard let backbone = AnyBackboneArchitecture(of: checkpoint) else {
            throw CommandError(
                "\(path): these weights are of no network that is known here. 'needletail weights show' lists them.")
        }
        // The last linear layer has a row for each class.
        let rows = checkpoint.tensors.last { $0.shape.count == 2 && $0.name.hasSuffix(".weight") }?.shape.first
        return classifier(backbone, name: "\(path) (\(backbone.name))", classCount: rows)
    }

    private static func classifier(
        _ backbone: AnyBackboneArchitecture, name: String, classCount: Int?, usualInput: InputSize? = nil
    ) -> SummarySubject {
        let architecture = backbone.architecture
        let parts = architecture.makeClassifier(
            ParameterStore().root, classCount: classCount ?? architecture.usualClassCount, normalization: .trained,
            seed: 0)
        return SummarySubject(
            name: name, graph: Graph(channels: architecture.inputChannels, output: "logits", parts.logits),
            groups: parts.groups, usualInput: usualInput ?? InputSize(architecture.inputSize),
            inputChannels: architecture.inputChannels)
    }

    private static func detector(
        _ architecture: any DenseArchitecture, name: String, usualInput: InputSize
    ) -> SummarySubject {
        let network = architecture.makeNetwork(seed: 0)
        return SummarySubject(name: name, graph: network.graph, groups: network.groups, usualInput: usualInput)
    }
}
