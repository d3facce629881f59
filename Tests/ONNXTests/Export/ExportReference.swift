import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels
import NeedletailModels
import NeedletailONNX
import NeedletailRuntime
import ReferenceFormula

/// What a network computes of pixels, for its exported file to be held against: maps as ONNX has them.
struct ExportReference {
    struct Tensor {
        var name: String
        var shape: [Int]
        var values: [Float]

        /// - Parameter values: With channels last.
        init(name: String, _ shape: TensorShape, _ values: [Float]) {
            self.name = name
            guard shape.isMap else {
                (self.shape, self.values) = (shape.dimensions, values)
                return
            }
            self.shape = [shape.batch, shape.channels, shape.height, shape.width]
            let pixels = shape.height * shape.width
            self.values = (0..<shape.batch).flatMap { image in
                (0..<shape.channels).flatMap { channel in
                    (0..<pixels).map { values[(image * pixels + $0) * shape.channels + channel] }
                }
            }
        }
    }

    let export: ONNXExport
    let pixels: Tensor
    let outputs: [Tensor]

    init(_ example: ExportCase) throws {
        let graph = example.graph
        export = try ONNXExport(graph, inputShape: example.shape, options: example.options)
        let values = Formula.signed(example.testDescription, count: example.shape.count)
        pixels = Tensor(name: "images", example.shape, values)
        outputs = try Self.run(graph, example.shape, values)
    }

    /// A model's own outputs, with colours and scaling inside the file.
    init(_ model: some Model, _ export: ONNXExport, name: String) throws {
        let transform = model.inputTransform, channels = transform.channels
        let shape = TensorShape(
            batch: 1, height: export.inputSize.height, width: export.inputSize.width, channels: channels)
        let values = Formula.unit(name, count: shape.count)
        var read = values
        for index in values.indices {
            let channel = index % channels, color = transform.channelOrder == .bgr ? 2 - channel : channel
            read[index] = (values[index - channel + color] - transform.mean[color]) / transform.deviation[color]
        }
        self.export = export
        pixels = Tensor(name: "images", shape, values)
        outputs = try Self.run(model.graph, shape, read)
    }

    private static func run(_ graph: Graph, _ shape: TensorShape, _ input: [Float]) throws -> [Tensor] {
        let plan = try Plan(graph: graph, inputShape: shape, purpose: .inference, pool: ThreadPool(threadCount: 1))
        _ = plan.input.update(fromContentsOf: input)
        plan.forward()
        return graph.outputs.indices.map {
            Tensor(name: graph.outputs[$0].name, plan.outputShapes[$0], Array(plan.output($0)))
        }
    }

    /// Writes the model and the numbers, for programs of others.
    func write(to folder: String, name: String) throws {
        try export.write(to: "\(folder)/\(name).onnx")
        var file = SafetensorsFile()
        for tensor in [pixels] + outputs { file.append(name: tensor.name, shape: tensor.shape, floats: tensor.values) }
        try file.write(to: "\(folder)/\(name).safetensors")
    }
}

/// Small models of every kind, with fresh weights.
enum ExportModels {
    static func detector(
        _ network: some DenseArchitecture, transform: InputTransform, postProcessing: PostProcessing = .init(),
        classCount: Int = 3
    ) -> DenseDetector {
        let detector = DenseDetector(
            DenseDetector.Configuration(
                network: network, transform: transform, postProcessing: postProcessing,
                categories: (1...classCount).map { .init(id: 10 * $0, name: "class \($0)", classIndex: $0) }))
        spread(detector.parameters.parameters)
        return detector
    }

    /// Draws weights by formula: fresh ones leave most numbers of a head at 0.
    private static func spread(_ parameters: [Parameter]) {
        for parameter in parameters {
            parameter.update {
                _ = $0.update(
                    fromContentsOf: Formula.parameter(parameter.name, shape: parameter.shape, classificationBias: -1))
            }
        }
    }

    static var detectors: [(name: String, detector: DenseDetector)] {
        let small = InputTransform(minimumSize: 64, maximumSize: 96)
        return [
            (
                "retinanet",
                detector(
                    RetinaNet(backbone: .resnet10Quarter, channels: 32, headDepth: 1, classCount: 5), transform: small)
            ),
            (
                "retinanet-v2",
                detector(
                    RetinaNet(backbone: .resnet10Quarter, version: .v2, channels: 32, headDepth: 1, classCount: 4),
                    transform: small)
            ),
            (
                "fcos",
                detector(
                    FCOS(backbone: .resnet10Quarter, channels: 32, headDepth: 1, classCount: 4), transform: small,
                    postProcessing: FCOS.postProcessing)
            ),
            (
                "yolox",
                detector(
                    YOLOX(.nano, classCount: 3), transform: YOLOX.inputTransform(size: 64),
                    postProcessing: YOLOX.postProcessing)
            ),
        ]
    }
}
