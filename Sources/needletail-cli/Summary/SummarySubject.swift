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

    init(model: String?, layers: String?, classCount: Int?) throws {
        if let layers {
            name = layers
            graph = try LayerList(layers).graph
            (inputChannels, usualInput, groups) = (1, InputSize(224), [])
        } else if let model, ImageFolder.exists(model) {
            self = try Self.file(model)
        } else {
            self = try Self.named(model ?? "", classCount: classCount)
        }
    }

    private init(name: String, graph: Graph, groups: [ParameterGroup], usualInput: InputSize) {
        self.name = name
        self.graph = graph
        self.groups = groups
        self.usualInput = usualInput
        inputChannels = 3
    }

    func trainedParameters(backboneStages: Int) -> Set<Parameter> {
        Set(groups.trained(backboneStages: backboneStages).flatMap(\.parameters).filter { $0.role == .weight })
    }

    private static func named(_ name: String, classCount: Int?) throws -> SummarySubject {
        if let backbone = AnyBackboneArchitecture(name: name) {
            return classifier(backbone, name: name, classCount: classCount ?? 1000)
        }
        guard let model = DetectorModel(argument: name) else {
            let known = AnyBackboneArchitecture.all.map(\.name) + DetectorModel.allNames
            throw CommandError(
                "\(name): there is neither a model of this name nor a file. Models are \(known.joined(separator: ", "))."
            )
        }
        // COCO has 80 classes; torchvision counts their ids, up to 90.
        let usual = model.recipe.recipe is RetinaNetRecipe ? 90 : 80
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
        guard let backbone = AnyBackboneArchitecture(of: checkpoint) else {
            throw CommandError(
                "\(path): these weights are of no network that is known here. 'needletail weights show' lists them.")
        }
        let rows = checkpoint.tensors.first { $0.name.hasSuffix("fc.weight") }?.shape.first
        return classifier(backbone, name: "\(path) (\(backbone.name))", classCount: rows ?? 1000)
    }

    private static func classifier(
        _ backbone: AnyBackboneArchitecture, name: String, classCount: Int
    ) -> SummarySubject {
        let parts = backbone.architecture.makeClassifier(
            ParameterStore().root, classCount: classCount, normalization: .trained, seed: 0)
        return SummarySubject(
            name: name, graph: Graph(output: "logits", parts.logits), groups: parts.groups, usualInput: InputSize(224))
    }

    private static func detector(
        _ architecture: any DenseArchitecture, name: String, usualInput: InputSize
    ) -> SummarySubject {
        let network = architecture.makeNetwork(seed: 0)
        return SummarySubject(name: name, graph: network.graph, groups: network.groups, usualInput: usualInput)
    }
}
