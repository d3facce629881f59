import Foundation
import NeedletailGraph
import NeedletailKernels
import NeedletailModels
import NeedletailRuntime
import ReferenceFormula
import Testing

/// Residual networks against torchvision's (`Tests/References/networks.py`).
@Suite(.serialized) struct ResNetReferenceTests {
    static func network(_ architecture: ResNet.Architecture, kind: BatchNormalization.Kind) -> (ResNet, ParameterStore)
    {
        let store = ParameterStore()
        let network = ResNet(store.root, architecture: architecture, classCount: 1000, normalization: kind)
        for parameter in store.parameters {
            let values = Formula.parameter(parameter.name, shape: parameter.shape)
            parameter.update { _ = $0.update(fromContentsOf: values) }
        }
        return (network, store)
    }

    /// A formula input `[batch, 3, height, width]` of the reference, brought to `[batch, height, width, 3]`.
    static func input(_ name: String, batch: Int, height: Int, width: Int) -> [Float] {
        let values = Formula.signed(name, count: batch * 3 * height * width).map { 2 * $0 }
        var result = values
        for image in 0..<batch {
            for channel in 0..<3 {
                for pixel in 0..<height * width {
                    result[(image * height * width + pixel) * 3 + channel] =
                        values[(image * 3 + channel) * height * width + pixel]
                }
            }
        }
        return result
    }

    /// The samples that the reference takes of `[batch, channels, height, width]`.
    static func samples(_ values: UnsafeBufferPointer<Float>, shape: TensorShape) -> [Float] {
        let pixels = shape.height * shape.width
        return Formula.sampleIndices(total: shape.count).map { index in
            let image = index / (shape.channels * pixels), channel = index / pixels % shape.channels
            return values[(image * pixels + index % pixels) * shape.channels + channel]
        }
    }

    @Test(arguments: ResNet.Architecture.allCases.filter { $0 != .resnet10Quarter })
    func inference(architecture: ResNet.Architecture) throws {
        let fixture = try Fixture("networks", in: .module)["inference"][architecture.rawValue]
        let (network, store) = Self.network(architecture, kind: .trained)
        #expect(store.weightCount == fixture["parameters"].int)
        let graph = Graph { builder in
            let image = builder.input("image", channels: 3)
            for (level, map) in zip(network.levels, network.features(image)) { builder.output(level.name, map) }
            builder.output("logits", network(image))
        }
        let plan = try Plan(
            graph: graph, inputShape: TensorShape(batch: 1, height: 64, width: 96, channels: 3), purpose: .inference,
            pool: ThreadPool(threadCount: 2))
        _ = plan.input.update(fromContentsOf: Self.input("input", batch: 1, height: 64, width: 96))
        plan.forward()
        for stage in 0..<4 {
            let expected = fixture["layer\(stage + 1)"]["samples"].floats
            #expect(relativeError(Self.samples(plan.output(stage), shape: plan.outputShapes[stage]), expected) < 2e-5)
        }
        #expect(relativeError(Array(plan.output(4)), fixture["logits"].floats) < 2e-5)
    }

    @Test func trainingWithBatchStatistics() throws {
        let fixture = try Fixture("networks-training", in: .module)["training"]
        let (network, store) = Self.network(.resnet18, kind: .trained)
        let pool = ThreadPool(threadCount: 2)
        let gradients = try ParameterGradients(parameters: store.parameters.filter { $0.role == .weight })
        let plan = try Plan(
            graph: Graph(output: "logits") { network($0) },
            inputShape: TensorShape(batch: 4, height: 64, width: 64, channels: 3), purpose: .training(gradients),
            pool: pool)
        _ = plan.input.update(fromContentsOf: Self.input("batch", batch: 4, height: 64, width: 64))
        plan.forward()
        let targets = fixture["labels"].ints.map { label in (0..<1000).map { Float($0 == label ? 1 : 0) } }
        let loss = SampleLoss.crossEntropy.cost(
            of: plan.output(0), targets: targets, gradient: plan.outputGradient(0))
        plan.backward()
        #expect(relativeError([loss], [fixture["loss"].float]) < 1e-5)
        for name in fixture["gradients"].keys {
            let index = try #require(gradients.parameters.firstIndex { $0.name == name })
            let values = gradients[index]
            let samples = Formula.sampleIndices(total: values.count).map { values[$0] }
            #expect(relativeError(samples, fixture["gradients"][name]["samples"].floats) < 1e-3, "\(name)")
        }
        #expect(relativeError([gradients.norm(pool: pool)], [fixture["gradient_norm"].float]) < 1e-4)
        for statistic in ["running_mean", "running_var"] {
            for layer in fixture[statistic].keys {
                let parameter = try #require(store["\(layer).\(statistic)"])
                let samples = Formula.sampleIndices(total: parameter.count).map { parameter.values[$0] }
                #expect(relativeError(samples, fixture[statistic][layer]["samples"].floats) < 1e-4, "\(layer)")
            }
        }
    }

    /// torchvision's `trainable_layers`, counted from the top.
    @Test func trainableLayersCountFromTheTop() {
        let (network, _) = Self.network(.resnet18, kind: .trained)
        func trained(_ layers: Int) -> Set<String> {
            Set(network.stages.trained(backboneStages: layers).flatMap(\.parameters).map(\.name))
        }
        #expect(trained(0).isEmpty)
        #expect(trained(1).contains("layer4.1.conv2.weight") && !trained(1).contains("layer3.1.conv2.weight"))
        #expect(trained(3).contains("layer2.0.bn1.bias") && !trained(3).contains("layer1.0.conv1.weight"))
        #expect(trained(4).contains("layer1.0.conv1.weight") && !trained(4).contains("conv1.weight"))
        #expect(!trained(4).contains("bn1.weight") && trained(5).isSuperset(of: ["conv1.weight", "bn1.weight"]))
    }
}
