import NeedletailCheckpoints
import NeedletailGraph
import NeedletailModels

/// A network that an ONNX file may be of: a classifier or a detector with fresh weights, to be filled.
struct KnownNetwork {
    var name: String
    var parameters: ParameterStore
    var graph: Graph
    /// What the file says of itself, to be told to whoever reads the weights.
    var metadata: [String: String] = [:]

    private init(_ classifier: Classifier, name: String) {
        self.init(name: name, parameters: classifier.parameters, graph: classifier.graph)
    }

    private init(_ network: some DenseArchitecture) {
        let made = network.makeNetwork(seed: 0)
        self.init(name: network.name, parameters: made.parameters, graph: made.graph)
    }

    private init(name: String, parameters: ParameterStore, graph: Graph) {
        (self.name, self.parameters, self.graph) = (name, parameters, graph)
    }

    /// The model that a file states, as ours do; nil where it states none.
    ///
    /// - Throws: `DetectorError`, `ClassifierError` where what it states cannot be used.
    init?(statedBy metadata: [String: String], path: String) throws {
        let stated = Checkpoint(path: path, format: .onnx, tensors: [], metadata: metadata)
        if metadata[DenseDetector.configurationKey] != nil,
            let configuration = try DenseDetector.configuration(of: stated)
        {
            let detector = DenseDetector(configuration)
            self.init(name: configuration.network.name, parameters: detector.parameters, graph: detector.graph)
        } else if let configuration = try Classifier.configuration(of: stated), configuration.whitening == nil {
            self.init(Classifier(configuration), name: configuration.architecture.name)
        } else {
            return nil
        }
        for key in [DenseDetector.configurationKey, Classifier.configurationKey] { self.metadata[key] = metadata[key] }
    }

    /// The networks whose layers are as many as a file's, for every number of classes that its last layers may stand for.
    static func candidates(for file: LayerSkeleton) -> [KnownNetwork] {
        let rows = Set(file.last.map { file.layers[$0].weight.shape[0] }).sorted()
        func fits(_ network: KnownNetwork) -> Bool { LayerSkeleton(network.graph).layers.count == file.layers.count }
        var found: [KnownNetwork] = []
        for backbone in AnyBackboneArchitecture.all {
            for classCount in rows where classCount <= Classifier.Configuration.mostClasses {
                let network = KnownNetwork(
                    Classifier(backbone, classCount: classCount, inputTransform: .published(backbone)),
                    name: backbone.name)
                // The number of classes does not change that of layers.
                guard fits(network) else { break }
                found.append(network)
            }
        }
        func detectors(perCell: Int, _ make: (Int) -> any DenseArchitecture) {
            for count in rows where count.isMultiple(of: perCell) && count / perCell <= 100_000 {
                let network = KnownNetwork(make(count / perCell))
                guard fits(network) else { break }
                found.append(network)
            }
        }
        for variant in YOLOX.Variant.allCases { detectors(perCell: 1) { YOLOX(variant, classCount: $0) } }
        for backbone in AnyBackboneArchitecture.pyramidal where backbone.name.hasPrefix("res") {
            detectors(perCell: 9) { RetinaNet(backbone: backbone, version: .v1, classCount: $0) }
            detectors(perCell: 9) { RetinaNet(backbone: backbone, version: .v2, classCount: $0) }
            detectors(perCell: 1) { FCOS(backbone: backbone, classCount: $0) }
        }
        let usual: [(SSD.Variant, String)] = [
            (.ssd300, "vgg16"), (.ssd512, "vgg16"), (.ssdlite320, "mobilenet-v3-large"),
        ]
        for (variant, name) in usual {
            guard let backbone = AnyBackboneArchitecture(name: name) else { continue }
            for isReduced in variant.isLite ? [false, true] : [false] {
                detectors(perCell: variant.boxes.countPerCell(map: 0)) {
                    SSD(variant, backbone: backbone, classCount: $0, hasReducedTail: isReduced)
                }
            }
        }
        return found
    }
}
