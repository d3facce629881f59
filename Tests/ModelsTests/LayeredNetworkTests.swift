import Foundation
import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels
import NeedletailModels
import Testing

/// Networks of layers one behind the other, as they are counted by hand and named.
@Suite struct LayeredNetworkTests {
    private func summary(_ name: String) throws -> GraphSummary {
        let architecture = try #require(AnyBackboneArchitecture(name: name)).architecture
        let parts = architecture.makeClassifier(
            ParameterStore().root, classCount: architecture.usualClassCount, normalization: .trained, seed: 0)
        let graph = Graph(channels: architecture.inputChannels, output: "logits", parts.logits)
        return try GraphSummary(
            graph,
            inputShape: TensorShape(
                batch: 1, height: architecture.inputSize, width: architecture.inputSize,
                channels: architecture.inputChannels))
    }

    /// Weights, and multiply-adds in millions, as they are published.
    ///
    /// LeNet-5: 156 + 2,416 + 48,120 + 10,164 + 850, and 784 · 150 + 100 · 2,400 + 48,000 + 10,080 + 840 multiply-adds. The
    /// perceptron: 785 · 256 + 257 · 10. AlexNet in groups: 34,944 + 307,456 + 885,120 + 663,936 + 442,624 + 37,752,832 +
    /// 16,781,312 + 4,097,000.
    @Test(
        arguments: [
            ("mobilenet-v1", 4_231_976, 568.7), ("mobilenet-v2", 3_504_872, 300.8),
            ("mobilenet-v3-small", 2_542_856, 56.5),
            ("mobilenet-v3-large", 5_483_032, 216.6), ("efficientnet-lite0", 4_652_008, 385),
            ("vgg16", 138_357_544, 15_470.3), ("vgg19-bn", 143_678_248, 19_632.1), ("alexnet", 61_100_840, 714.2),
            ("alexnet-published", 60_965_224, nil), ("lenet5", 61_706, 0.416_52), ("perceptron", 203_530, 0.203_264),
        ] as [(String, Int, Double?)])
    func sizesAreThePublishedOnes(name: String, weights: Int, millions: Double?) throws {
        let summary = try summary(name)
        #expect(summary.weightCount == weights)
        if let millions { #expect(abs(Double(summary.multiplyAdds) / 1e6 / millions - 1) < 1e-3) }
    }

    /// Five stages to freeze, as residual networks have, where there are five sizes of maps.
    @Test(arguments: [
        ("mobilenet-v1-0.25", 5), ("mobilenet-v2", 5), ("mobilenet-v3-large", 5), ("efficientnet-lite0", 5),
        ("vgg11", 5),
        ("alexnet", 3), ("lenet5", 2), ("perceptron", 0),
    ])
    func stagesAreThoseOfTheMaps(name: String, count: Int) throws {
        let architecture = try #require(AnyBackboneArchitecture(name: name)).architecture
        let trunk = architecture.makeBackbone(
            ParameterStore().root, normalization: .frozen, epsilon: 1e-5, seed: 0)
        #expect(trunk.stages.count == count)
        #expect(trunk.stages.map(\.kind) == (0..<count).map { .backbone(stage: $0) })
        let strides = Set(trunk.levels.map(\.stride))
        #expect(!architecture.suitsPyramid || strides.isSuperset(of: [8, 16, 32]))
        #expect(AnyBackboneArchitecture.pyramidal.contains { $0.name == name } == architecture.suitsPyramid)
    }

    @Test func anyWidthHasAName() throws {
        let narrow = try #require(AnyBackboneArchitecture(name: "mobilenet-v1-0.35"))
        #expect(narrow.name == "mobilenet-v1-0.35")
        #expect(AnyBackboneArchitecture(name: "mobilenet-v1-0") == nil)
        #expect(AnyBackboneArchitecture(name: "mobilenet-v1-x") == nil)
        // 0.35 · 32 = 11.2, 0.35 · 1024 = 358.4.
        let store = ParameterStore()
        _ = narrow.architecture.makeClassifier(store.root, classCount: 10, normalization: .trained, seed: 0)
        #expect(store["stage1.0.0.weight"]?.shape == [11, 3, 3, 3] && store["fc.weight"]?.shape == [10, 358])
    }

    /// A file of some shapes. Its data is a hole, so that a large network takes no space.
    private func checkpoint(_ shapes: [(name: String, shape: [Int])]) throws -> Checkpoint {
        var offset = 0
        let entries = shapes.map { name, shape in
            let end = offset + shape.reduce(4, *)
            defer { offset = end }
            return "\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[\(offset),\(end)]}"
        }
        let header = Array("{\(entries.joined(separator: ","))}".utf8)
        let path = NSTemporaryDirectory() + "network-\(UUID().uuidString).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header)
            .write(to: URL(fileURLWithPath: path))
        truncate(path, 8 + header.count + offset)
        return try Checkpoint(contentsOf: path)
    }

    @Test(arguments: AnyBackboneArchitecture.all)
    func weightsTellWhatTheyAreOf(backbone: AnyBackboneArchitecture) throws {
        let store = ParameterStore()
        _ = backbone.architecture.makeClassifier(store.root, classCount: 7, normalization: .trained, seed: 0)
        let shapes = store.parameters.map { (name: $0.name, shape: $0.shape) }
        #expect(try AnyBackboneArchitecture(of: checkpoint(shapes)) == backbone)
        let wrapped = try checkpoint(shapes.map { ("module." + $0.name, $0.shape) })
        #expect(AnyBackboneArchitecture(of: wrapped) == backbone)
        guard backbone.architecture.suitsPyramid else { return }
        // They fill a detector's backbone; the classifier is left aside.
        let inDetector = ParameterStore()
        _ = backbone.architecture.makeBackbone(
            inDetector.root["backbone.body"], normalization: .frozen, epsilon: 1e-5, seed: 0)
        let expected = inDetector.parameters.map { ExpectedParameter(name: $0.name, shape: $0.shape) }
        let mapping = try ParameterMapping(of: expected, in: wrapped)
        #expect(mapping.assignments.count == expected.count)
        #expect(mapping.unused.count == shapes.count - expected.count)
        let detector = try checkpoint(expected.map { ($0.name, $0.shape) })
        #expect(AnyBackboneArchitecture(of: detector) == backbone)
    }
}
