import NeedletailGraph
import NeedletailKernels
import NeedletailModels
import NeedletailRuntime
import ReferenceFormula
import Testing

/// Networks in words.
@Suite struct LayerListTests {
    /// The course's AlexNet begins so: ⌊(227 - 11) / 4⌋ + 1 = 55, ⌊(55 - 3) / 2⌋ + 1 = 27, and the linear layer has
    /// 27 · 27 · 96 · 9 + 9 weights.
    @Test func aNetworkStatesItsInput() throws {
        let list = try LayerList(
            """
            input 227 channels=3      # RGB
            conv 96 kernel=11 stride=4
            relu; lrn
            max-pool 3 stride=2; dropout 0.5

            linear 9
            """)
        #expect(list.inputChannels == 3 && list.inputSize == Extent(227))
        let summary = try GraphSummary(
            list.graph, inputShape: TensorShape(batch: 1, height: 227, width: 227, channels: 3))
        #expect(summary.layers.map(\.outputShape).last == [1, 1, 1, 9])
        #expect(summary.layers.map(\.outputShape)[0] == [1, 55, 55, 96])
        #expect(summary.weightCount == 96 * 363 + 96 + 27 * 27 * 96 * 9 + 9)
        // As torch's Sequential names them.
        #expect(list.parameters.map(\.name) == ["0.weight", "0.bias", "5.weight", "5.bias"])
    }

    /// One of each, and what it leaves of 12x12 pixels.
    @Test func everyLayerIsRead() throws {
        let list = try LayerList(
            """
            input 12x12 channels=4
            depthwise-conv 3 padding=1 no-bias; batch-norm; relu6; conv 1 channels=8; group-norm 4; silu
            layer-norm; leaky-relu 0.2; hard-swish; hard-sigmoid; sigmoid; tanh; lrn 3 alpha=0.1 beta=0.5 k=2
            transposed-conv 6 kernel=3 stride=2 padding=1 output-padding=1 groups=2; upsample 2x1
            average-pool 2 stride=2 ceil; adaptive-average-pool 3; flatten; linear 5 no-bias; softmax
            """)
        let summary = try GraphSummary(
            list.graph, inputShape: TensorShape(batch: 1, height: 12, width: 12, channels: 4))
        let shapes = summary.layers.map { Array($0.outputShape.dropFirst()) }
        #expect(shapes[3] == [12, 12, 8] && shapes[13] == [24, 24, 6] && shapes[14] == [48, 24, 6])
        #expect(shapes[15] == [24, 12, 6] && shapes[16] == [3, 3, 6] && shapes[17] == [54] && shapes[19] == [5])
        #expect(summary.layers.map { $0.weightCount }[18] == 54 * 5)
        // It runs.
        let plan = try Plan(
            graph: list.graph, inputShape: TensorShape(batch: 2, height: 12, width: 12, channels: 4),
            purpose: .inference, pool: ThreadPool(threadCount: 2))
        _ = plan.input.update(fromContentsOf: Formula.signed("image", count: plan.input.count))
        plan.forward()
        #expect(abs(plan.output(0).reduce(0, +) - 2) < 1e-5)
    }

    @Test(arguments: [
        ("conv 3\nrelu\n  max-poll 2", 3, 3, "there is no layer 'max-poll'"),
        ("conv 3; relu 2", 1, 14, "'2' means nothing here"),
        ("conv 8 kernel=3 padding=1 stride=0", 1, 27, "'stride=0' is no size"),
        ("conv 8 kernel=3 channels=8", 1, 17, "channels are given twice"),
        ("conv 8 kernel=3 kernel=3", 1, 17, "'kernel' is given twice"),
        ("conv 8 kernel=3; conv 9 kernel=1 groups=2", 1, 34, "2 groups do not divide 9 channels"),
        ("conv 9 kernel=3; conv 8 kernel=1 groups=2", 1, 34, "2 groups do not divide the 9 channels that reach it"),
        (
            "linear 10", 1, 1,
            "how many numbers reach a linear layer depends on the size of the input, which is not known"
        ),
        (
            "input 8; conv 9", 1, 10,
            "an image of 8x8 pixels is too small for the network: of a map of 8x8 nothing is left here"
        ),
        ("conv 3; input 8", 1, 9, "an input stands before all layers"),
        ("dropout 1.5", 1, 9, "'1.5' is no number from 0.0 to below 1.0"),
        ("input 8\nflatten\nconv 3", 3, 1, "a convolution takes maps [batch, height, width, channels], not [1, 192]"),
        (
            "input 224; upsample 65536; upsample 65536", 1, 12,
            "its result, [1, 14680064, 14680064, 3], is larger than any memory"
        ),
        (
            "input 8; transposed-conv 4 kernel=2 output-padding=1", 1, 37,
            "output-padding must be smaller than the stride or the dilation"
        ),
        (
            "input 65536; linear 65536", 1, 14,
            "its 1 · 65536 · 65536 · 3 · 65536 weights are more than any memory holds"
        ),
        ("# nothing\n", 1, 1, "there is no layer"),
    ])
    func mistakesHaveAPlace(text: String, line: Int, column: Int, problem: String) {
        let error = #expect(throws: LayerListError.self) { try LayerList(text) }
        #expect(error?.line == line && error?.column == column && error?.problem == problem, "\(error as Any)")
    }

    /// A file that states the name of a network states this one whole.
    @Test func aTextIsAnArchitecture() throws {
        let text = """
            input 12x12 channels=1   # digits
            conv 4 kernel=3; batch-norm; relu; max-pool 2 stride=2
            conv 6 kernel=3; tanh
            linear 10 no-bias
            """
        let network = try TextNetwork(text)
        #expect(network.usualClassCount == 10 && network.inputChannels == 1)
        let backbone = try #require(AnyBackboneArchitecture(name: network.name))
        #expect(backbone == AnyBackboneArchitecture(network))
        #expect(backbone.name.hasPrefix("input 12x12 channels=1; conv 4 kernel=3; batch-norm;"))
        // For other classes the last layer has other rows: 3 · 3 · 6 numbers reach it.
        let classifier = Classifier(backbone, classCount: 3)
        #expect(classifier.parameters["6.weight"]?.shape == [3, 54] && classifier.parameters["6.bias"] == nil)
        #expect(classifier.parameterGroups.map(\.name) == ["c0", "c1", "classifier"])
        let types = try classifier.graph.outputTypes(inputs: [
            TensorType(TensorShape(batch: 2, height: 12, width: 12, channels: 1))
        ])
        #expect(types == [TensorType(TensorShape(batch: 2, height: 1, width: 1, channels: 3))])
        // A single layer is a network, too.
        let linear = try TextNetwork("input 4; linear 2")
        #expect(
            Classifier(AnyBackboneArchitecture(linear), classCount: 2).parameterGroups.map(\.name) == ["classifier"])
    }

    @Test(arguments: [
        ("conv 3", 1, 1, "the size of the input is missing"),
        ("input 8; conv 3", 1, 10, "the last layer of a classifier is linear"),
    ])
    func aClassifierHasAnInputAndClasses(text: String, line: Int, column: Int, problem: String) {
        let error = #expect(throws: LayerListError.self) { try TextNetwork(text) }
        #expect(error?.line == line && error?.column == column && error?.problem == problem)
        #expect(AnyBackboneArchitecture(name: text) == nil)
    }
}
