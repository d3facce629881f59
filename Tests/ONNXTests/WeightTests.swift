import Foundation
import NeedletailCheckpoints
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailONNX
import NeedletailRuntime
import ProgramRunner
import ReferenceFormula
import Testing

/// Networks whose weights come out of ONNX files, whatever these call them.
@Suite struct WeightTests {
    private let folder: TemporaryFolder
    private let pool = ThreadPool(threadCount: 1)

    init() throws { folder = try TemporaryFolder() }

    /// A small residual network with normalisation that is not trivial.
    private static func classifier(classes: Int = 3) -> Classifier {
        let classifier = Classifier(
            .resnet10Quarter, classCount: classes,
            inputTransform: InputTransform(fit: .whole, minimumSize: 64, maximumSize: 64, divisor: 1))
        fill(classifier.parameters)
        return classifier
    }

    /// Values by formula; variances are above 0, and factors near 1.
    private static func fill(_ parameters: ParameterStore) {
        for parameter in parameters.parameters {
            var values = Formula.parameter(parameter.name, shape: parameter.shape)
            let scale = 3 / max(values.map(abs).max() ?? 1, 1e-6)
            if parameter.name.hasSuffix("running_var") { values = values.map { 0.5 + abs($0 * scale) } }
            if parameter.shape.count == 1, parameter.name.hasSuffix("weight") {
                values = values.map { 1 + $0 * scale / 8 }
            }
            parameter.update { _ = $0.update(fromContentsOf: values) }
        }
    }

    /// The file without what it says of itself, and without names.
    private func write(_ export: ONNXExport, as name: String, change: (inout ONNXModel) -> Void = { _ in }) throws
        -> String
    {
        var model = export.model
        model.metadata = []
        var names: [String: String] = [:]
        for (index, tensor) in model.graph.initializers.enumerated() {
            names[tensor.name] = "t\(index)"
            model.graph.initializers[index] = tensor.renamed("t\(index)")
        }
        for index in model.graph.nodes.indices {
            model.graph.nodes[index].name = "n\(index)"
            model.graph.nodes[index].inputs = model.graph.nodes[index].inputs.map { names[$0] ?? $0 }
        }
        change(&model)
        let path = folder(name)
        try model.write(to: path)
        return path
    }

    private static func logits(_ classifier: Classifier, pool: ThreadPool) throws -> [Float] {
        let plan = try classifier.inferencePlan(
            for: TensorShape(batch: 1, height: 64, width: 64, channels: 3), pool: pool)
        for index in plan.input.indices { plan.input[index] = Float((index * 37) % 101) / 50 - 1 }
        plan.forward()
        return Array(plan.output(0))
    }

    @Test func layersAreFoundByWhatTheyAre() throws {
        let source = Self.classifier()
        let path = try write(ONNXExport(source, options: .init(layout: .raw)), as: "a.onnx")
        let checkpoint = try Checkpoint.weights(contentsOf: path)
        #expect(checkpoint.format == .onnx)
        // Every convolution of the network is followed by normalisation, which exports fold.
        let normalizations = source.parameters.parameters.filter { $0.name.hasSuffix("running_var") }.count
        #expect(checkpoint.foldedNormalizations.count == normalizations && normalizations == 12)
        let started = Classifier(.resnet10Quarter, classCount: 3, seed: 5)
        let report = try started.initialize(from: checkpoint)
        #expect(report.filledCount == started.parameters.parameters.count)
        #expect(report.unmeasuredNormalizations.count == normalizations)
        let whole = try Self.logits(Classifier(checkpoint), pool: pool)
        #expect(relativeError(whole, try Self.logits(source, pool: pool)) < 1e-4)
    }

    /// Statistics are those of the images, and what is computed is what was.
    @Test func statisticsAreMeasured() throws {
        let source = Self.classifier()
        let path = try write(ONNXExport(source, options: .init(layout: .raw)), as: "a.onnx")
        let target = Classifier(
            .resnet10Quarter, classCount: 3,
            inputTransform: InputTransform(fit: .whole, minimumSize: 64, maximumSize: 64, divisor: 1))
        let report = try target.initialize(from: Checkpoint.weights(contentsOf: path))
        let images = (1...2).map { seed in
            Image(
                width: 64, height: 64,
                bytes: (0..<64 * 64 * 3).map { UInt8(truncatingIfNeeded: $0 * 31 * seed + $0 / 97) })
        }
        let wanted = try Self.logits(target, pool: pool)
        #expect(
            try target.measureNormalization(
                report.unmeasuredNormalizations, imageCount: 2, pool: pool
            ) { images[$0] } == 2)
        #expect(relativeError(try Self.logits(target, pool: pool), wanted) < 1e-4)
        // The first convolution's results, by a plan of that part alone.
        let part = try target.graph.part(making: "conv1")
        var sums = [Double](repeating: 0, count: 16), squares = sums, count = 0.0
        for image in images {
            let plan = try target.plan(
                of: part, inputShapes: [TensorShape(batch: 1, height: 64, width: 64, channels: 3)], purpose: .inference,
                pool: pool)
            target.inputTransform.write(
                image, size: (64, 64), paddedWidth: 64, paddedHeight: 64, into: try #require(plan.input.baseAddress))
            plan.forward()
            for (index, value) in plan.output(0).enumerated() {
                sums[index % 16] += Double(value)
                squares[index % 16] += Double(value) * Double(value)
            }
            count += Double(plan.output(0).count / 16)
        }
        let means = try #require(target.parameters["bn1.running_mean"]).values
        let variances = try #require(target.parameters["bn1.running_var"]).values
        for channel in 0..<16 {
            let mean = sums[channel] / count, variance = squares[channel] / count - mean * mean
            #expect(abs(Double(means[channel]) - mean) <= 1e-4 * max(abs(mean), 1e-2))
            #expect(abs(Double(variances[channel]) - variance) <= 1e-3 * max(variance, 1e-3))
        }
        // Without images nothing changes.
        #expect(
            try target.measureNormalization(
                report.unmeasuredNormalizations, imageCount: 0, pool: pool
            ) { _ in nil } == 0)
    }

    /// Normalisation that a file has as such is taken over with its statistics.
    @Test func normalizationOfTheFileIsKept() throws {
        let source = Self.classifier()
        let path = try write(ONNXExport(source, options: .init(layout: .raw)), as: "a.onnx") { model in
            var nodes: [ONNXNode] = []
            for var node in model.graph.nodes {
                defer { nodes.append(node) }
                guard node.kind == "Conv", node.inputs.count == 3,
                    let bias = model.graph.initializers.first(where: { $0.name == node.inputs[2] }),
                    let numbers = try? bias.floats()
                else { continue }
                // y = 2 · (x - 3) / √(3.99999 + 1e-5) + (b + 3), which is x + b.
                let output = node.outputs[0], count = numbers.count
                for (part, values) in [
                    ("scale", [Float](repeating: 2, count: count)), ("offset", numbers.map { $0 + 3 }),
                    ("mean", [Float](repeating: 3, count: count)),
                    ("variance", [Float](repeating: 3.99999, count: count)),
                ] {
                    model.graph.initializers.append(
                        StoredTensor(name: "\(output)/\(part)", shape: [count], floats: values))
                }
                let parts = ["scale", "offset", "mean", "variance"].map { "\(output)/\($0)" }
                node.inputs.removeLast()
                node.outputs = ["\(output)/before"]
                nodes.append(node)
                node = ONNXNode(
                    "BatchNormalization", name: "\(output)/n", inputs: ["\(output)/before"] + parts, outputs: [output])
            }
            model.graph.nodes = nodes
        }
        let checkpoint = try Checkpoint.weights(contentsOf: path)
        #expect(checkpoint.foldedNormalizations.isEmpty)
        #expect(try #require(checkpoint["layer1.0.bn2.running_mean"]).floats().allSatisfy { $0 == 3 })
        let target = try Classifier(checkpoint)
        let started = Classifier(.resnet10Quarter, classCount: 3, seed: 5)
        #expect(try started.initialize(from: checkpoint).unmeasuredNormalizations.isEmpty)
        #expect(relativeError(try Self.logits(target, pool: pool), try Self.logits(source, pool: pool)) < 1e-4)
    }

    /// Of a detector everything is recognised; of a classifier it takes the backbone.
    @Test func detectorsAreRecognised() throws {
        let configuration = DenseDetector.Configuration(
            network: YOLOX(.nano, classCount: 3),
            transform: YOLOX.inputTransform(size: 64),
            categories: ["a", "b", "c"].enumerated().map { .init(id: $0 + 7, name: $1, classIndex: $0 + 1) })
        let detector = DenseDetector(configuration, seed: 2)
        let export = try ONNXExport(detector, options: .init(layout: .yolo))
        let nameless = try Checkpoint.weights(contentsOf: write(export, as: "nameless.onnx"))
        #expect(try DenseDetector.configuration(of: nameless)?.network as? YOLOX == YOLOX(.nano, classCount: 3))
        // What the file says of itself tells what classes are called.
        try export.write(to: folder("named.onnx"))
        let named = try Checkpoint.weights(contentsOf: folder("named.onnx"))
        #expect(try DenseDetector.configuration(of: named) == configuration)
        let target = DenseDetector(configuration, seed: 9)
        #expect(try target.initialize(from: named).reusedCategories == ["a", "b", "c"])

        let classifier = try write(ONNXExport(Self.classifier(), options: .init(layout: .raw)), as: "c.onnx")
        let onBackbone = DenseDetector(
            DenseDetector.Configuration(
                network: RetinaNet(backbone: .resnet10Quarter, channels: 16, classCount: 2),
                categories: [.init(id: 1, name: "a", classIndex: 1)]))
        let report = try onBackbone.initialize(from: Checkpoint.weights(contentsOf: classifier))
        #expect(report.unmeasuredNormalizations.contains("backbone.body.layer1.0.bn1"))
        #expect(report.unmeasuredNormalizations.count == 12)
    }

    /// Normalisation by groups, which files have in parts, and that of a pixel's length. The last map of an SSD is 3x3 before a
    /// convolution of 3x3, which might be a linear layer.
    @Test(
        arguments: [
            SSD(.ssd300, backbone: .resnet10Quarter, classCount: 3),
            RetinaNet(backbone: .resnet10Quarter, version: .v2, channels: 32, headDepth: 1, classCount: 3),
            FCOS(backbone: .resnet10Quarter, channels: 32, headDepth: 1, classCount: 3),
        ] as [any DenseArchitecture])
    func groupsOfChannelsAreFound(_ network: any DenseArchitecture) throws {
        let configuration = DenseDetector.Configuration(
            network: network,
            categories: ["a", "b"].enumerated().map { .init(id: $0 + 1, name: $1, classIndex: $0 + 1) })
        let source = DenseDetector(configuration, seed: 4)
        Self.fill(source.parameters)
        let side = network is SSD ? 300 : 64
        let export = try ONNXExport(source, options: .init(layout: .raw, size: side == 64 ? 64 : nil))
        // What the file says of itself is which detector it is; names and order of its tensors are anybody's.
        let path = try write(export, as: "g.onnx") { model in
            model.metadata = export.model.metadata.filter { $0.key == DenseDetector.configurationKey }
        }
        let checkpoint = try Checkpoint.weights(contentsOf: path)
        let target = try DenseDetector(checkpoint)
        let groups = target.parameters.parameters.filter {
            $0.name.contains("head") && $0.shape == [32] && $0.name.hasSuffix("weight")
        }
        #expect(groups.count == (network is SSD ? 0 : 2))
        for group in groups {
            #expect(Array(group.values) == Array(try #require(source.parameters[group.name]).values), "\(group.name)")
        }
        func outputs(_ detector: DenseDetector) throws -> [[Float]] {
            let plan = try detector.inferencePlan(
                for: TensorShape(batch: 1, height: side, width: side, channels: 3), pool: pool)
            for index in plan.input.indices { plan.input[index] = Float((index * 37) % 101) / 50 - 1 }
            plan.forward()
            return detector.graph.outputs.indices.map { Array(plan.output($0)) }
        }
        for (one, other) in zip(try outputs(target), try outputs(source)) { #expect(relativeError(one, other) < 1e-4) }
    }

    /// What is written in parts is one layer again.
    @Test func partsBecomeNormalization() throws {
        let graph = Graph(channels: 4, output: "y") { image in
            let scope = ParameterStore().root
            let group = GroupNormalization(scope["g"], channels: 4, groups: 2)
            group.weight.update { _ = $0.update(fromContentsOf: [1, 2, 3, 4]) }
            return L2Normalization(scope, name: "l", channels: 4, scale: 20)(group(image))
        }
        try ONNXExport(graph, inputShape: TensorShape(batch: 1, height: 4, width: 4, channels: 4)).write(
            to: folder("parts.onnx"))
        let network = try ONNXNetwork(contentsOf: folder("parts.onnx"))
        let nodes = try ONNXExport(network).model.graph.nodes.map(\.kind)
        #expect(
            nodes == [
                "Reshape", "InstanceNormalization", "Reshape", "Mul", "Add", "ReduceL2", "Max", "Div", "Mul",
                "Identity",
            ])
    }

    /// The same layers with another function between them are another network.
    @Test func otherNetworksAreRefused() throws {
        func refusal(_ text: String) throws -> String {
            let network = try TextNetwork(text)
            let classifier = Classifier(
                AnyBackboneArchitecture(network), classCount: network.usualClassCount,
                inputTransform: InputTransform(
                    fit: .whole, minimumSize: 28, maximumSize: 28, mean: .zero, deviation: .one, divisor: 1,
                    channelOrder: .gray))
            let path = try write(ONNXExport(classifier, options: .init(layout: .raw)), as: "n.onnx")
            do {
                _ = try Checkpoint.weights(contentsOf: path)
                return "taken"
            } catch { return "\(error)" }
        }
        func lenet(_ function: String) -> String {
            "input 28 channels=1; conv 6 kernel=5 padding=2; \(function); average-pool 2 stride=2; conv 16 kernel=5; "
                + "\(function); average-pool 2 stride=2; linear 120; \(function); linear 84; \(function); linear 10"
        }
        #expect(try refusal(lenet("tanh")) == "taken")
        let other = try refusal(lenet("relu"))
        #expect(
            other.contains("n.onnx: its layers are those of lenet5, but features.3 computes something else"), "\(other)"
        )
        let unknown = try refusal("input 28 channels=1; conv 6 kernel=5; relu; linear 4")
        #expect(
            unknown.contains(
                "its layers are not those of a network that is known here; of its 2 with weights, 0 are as in perceptron"
            ),
            "\(unknown)")
        let other4 = try refusal("input 28 channels=1; linear 256; relu; linear 128; relu; linear 9; relu; linear 4")
        #expect(other4.contains("a network of 4 layers with weights is none that is known here"), "\(other4)")
    }

    /// Files with bytes that are others: an error, or weights.
    @Test func brokenFilesEndNothing() throws {
        let network = try TextNetwork(
            "input 28 channels=1; conv 6 kernel=5 padding=2; tanh; average-pool 2 stride=2; conv 16 kernel=5; tanh; "
                + "average-pool 2 stride=2; linear 120; tanh; linear 84; tanh; linear 10")
        let classifier = Classifier(
            AnyBackboneArchitecture(network), classCount: 10,
            inputTransform: InputTransform(
                fit: .whole, minimumSize: 28, maximumSize: 28, mean: .zero, deviation: .one, divisor: 1,
                channelOrder: .gray))
        let whole = try folder.bytes(
            of: URL(
                fileURLWithPath: try write(ONNXExport(classifier, options: .init(layout: .raw)), as: "whole.onnx")
            ).lastPathComponent)
        // What is no weight: nodes, names and shapes.
        let ends = [whole.indices.prefix(1500), whole.indices.suffix(800)].flatMap { Array($0) }
        for round in 0..<40 {
            var bytes = whole
            for change in 0...round % 3 {
                bytes[ends[(round * 7919 + change * 104_729) % ends.count]] = UInt8(
                    truncatingIfNeeded: round * 37 + change)
            }
            try folder.write(bytes, to: "broken.onnx")
            do {
                #expect(try Checkpoint.weights(contentsOf: folder("broken.onnx")).tensors.count == 10)
            } catch { #expect(!"\(error)".isEmpty) }
        }
    }
}
