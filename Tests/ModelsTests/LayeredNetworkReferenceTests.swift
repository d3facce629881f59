import NeedletailGraph
import NeedletailKernels
import NeedletailModels
import NeedletailRuntime
import ReferenceFormula
import Testing

/// Networks of layers one behind the other against torchvision's (`Tests/References/classifiers.py`).
@Suite(.serialized) struct LayeredNetworkReferenceTests {
    private static func fill(_ parameters: some Sequence<Parameter>) {
        for parameter in parameters {
            let values = Formula.parameter(parameter.name, shape: parameter.shape)
            parameter.update { _ = $0.update(fromContentsOf: values) }
        }
    }

    private static func architecture(_ name: String) throws -> any BackboneArchitecture {
        try #require(AnyBackboneArchitecture(name: name)).architecture
    }

    /// Names and shapes of all parameters and statistics, so that torchvision's files load.
    @Test(arguments: [
        "mobilenet-v2", "mobilenet-v3-small", "mobilenet-v3-large", "efficientnet-lite0", "alexnet", "vgg11", "vgg13",
        "vgg16", "vgg19", "vgg11-bn", "vgg13-bn", "vgg16-bn", "vgg19-bn",
    ])
    func parametersAreTorchvisions(name: String) throws {
        let fixture = try Fixture("classifiers", in: .module)["shapes"][name]
        let store = ParameterStore()
        let parts = try Self.architecture(name).makeClassifier(
            store.root, classCount: 1000, normalization: .trained, seed: 0)
        let shapes = Dictionary(uniqueKeysWithValues: store.parameters.map { ($0.name, $0.shape) })
        #expect(Set(shapes.keys) == Set(fixture.keys))
        for (name, shape) in shapes { #expect(shape == fixture[name].ints, "\(name)") }
        // The groups have all of them, once each.
        let grouped = parts.groups.flatMap(\.parameters)
        #expect(grouped.count == store.parameters.count && Set(grouped) == Set(store.parameters))
    }

    @Test(arguments: [
        "mobilenet-v2", "mobilenet-v3-small", "mobilenet-v3-large", "efficientnet-lite0", "vgg11", "alexnet",
    ])
    func logits(name: String) throws {
        let fixture = try Fixture("classifiers", in: .module)["inference"][name]
        let store = ParameterStore()
        let parts = try Self.architecture(name).makeClassifier(
            store.root, classCount: 1000, normalization: .trained, seed: 0)
        Self.fill(store.parameters)
        let plan = try Plan(
            graph: Graph(output: "logits", parts.logits),
            inputShape: TensorShape(batch: 1, height: 64, width: 96, channels: 3), purpose: .inference,
            pool: ThreadPool(threadCount: 2))
        _ = plan.input.update(
            fromContentsOf: ResNetReferenceTests.input("input", batch: 1, height: 64, width: 96))
        plan.forward()
        let found = ResNetReferenceTests.samples(plan.output(0), shape: plan.outputShapes[0])
        #expect(relativeError(found, fixture["logits"]["samples"].floats) < 2e-5)
    }

    @Test(arguments: [
        "mobilenet-v2", "mobilenet-v3-small", "mobilenet-v3-large", "efficientnet-lite0", "vgg11", "vgg16-bn",
        "alexnet",
    ])
    func maps(name: String) throws {
        let fixture = try Fixture("classifiers", in: .module)["inference"][name]
        let store = ParameterStore()
        let trunk = try Self.architecture(name).makeBackbone(
            store.root, normalization: .frozen, epsilon: 1e-5, seed: 0)
        Self.fill(store.parameters)
        let levels = trunk.levels.suffix(4)
        #expect(levels.map(\.stride) == [4, 8, 16, 32] && levels.map(\.name) == ["c2", "c3", "c4", "c5"])
        let graph = Graph { builder in
            let maps = trunk.features(builder.input("image", channels: 3))
            for (level, map) in zip(levels, maps.suffix(4)) { builder.output(level.name, map) }
        }
        let plan = try Plan(
            graph: graph, inputShape: TensorShape(batch: 1, height: 64, width: 96, channels: 3), purpose: .inference,
            pool: ThreadPool(threadCount: 2))
        _ = plan.input.update(
            fromContentsOf: ResNetReferenceTests.input("input", batch: 1, height: 64, width: 96))
        plan.forward()
        var compared = 0
        for (index, level) in levels.enumerated() where fixture["map \(index)"].exists {
            let expected = fixture["map \(index)"], shape = plan.outputShapes[index]
            #expect([1, shape.channels, shape.height, shape.width] == expected["shape"].ints, "\(level.name)")
            #expect(shape.channels == level.channels)
            let found = ResNetReferenceTests.samples(plan.output(index), shape: shape)
            #expect(relativeError(found, expected["samples"].floats) < 2e-5, "\(level.name)")
            compared += 1
        }
        #expect(compared == (name == "efficientnet-lite0" ? 1 : 4))
    }

    @Test func trainingWithBatchStatistics() throws {
        let fixture = try Fixture("classifiers", in: .module)["training"]["mobilenet-v3-small"]
        let store = ParameterStore()
        let trunk = try Self.architecture("mobilenet-v3-small").makeBackbone(
            store.root, normalization: .trained, epsilon: 1e-5, seed: 0)
        Self.fill(store.parameters)
        let gradients = try ParameterGradients(parameters: store.parameters.filter { $0.role == .weight })
        let graph = Graph { builder in
            builder.output("map", trunk.features(builder.input("image", channels: 3))[4])
        }
        let plan = try Plan(
            graph: graph, inputShape: TensorShape(batch: 4, height: 64, width: 64, channels: 3),
            purpose: .training(gradients), pool: ThreadPool(threadCount: 2))
        _ = plan.input.update(
            fromContentsOf: ResNetReferenceTests.input("batch", batch: 4, height: 64, width: 64))
        plan.forward()
        let shape = plan.outputShapes[0]
        let found = ResNetReferenceTests.samples(plan.output(0), shape: shape)
        #expect(relativeError(found, fixture["map"]["samples"].floats) < 2e-5)
        // Numbers in the order of torch, with the channels last here.
        let loss = Formula.signed("loss", count: shape.count).map { 2 * $0 }, pixels = shape.height * shape.width
        let target = try #require(plan.outputGradient(0))
        for index in loss.indices {
            let image = index / (shape.channels * pixels), channel = index / pixels % shape.channels
            target[(image * pixels + index % pixels) * shape.channels + channel] = loss[index]
        }
        plan.backward()
        var compared = 0
        for name in fixture.keys where store[name] != nil {
            let parameter = try #require(store[name])
            let values: [Float]
            if let index = gradients.parameters.firstIndex(of: parameter) {
                values = Array(gradients[index])
            } else {
                values = Array(parameter.values)
            }
            let samples = Formula.sampleIndices(total: values.count).map { values[$0] }
            #expect(relativeError(samples, fixture[name]["samples"].floats) < 2e-4, "\(name)")
            compared += 1
        }
        #expect(compared == 8)
    }
}
