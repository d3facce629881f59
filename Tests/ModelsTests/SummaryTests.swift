import NeedletailGraph
import NeedletailModels
import Testing

/// Known networks, and layers in words.
@Suite struct SummaryTests {
    /// Parameters and multiply-adds in thousand millions as torchvision states them.
    ///
    /// ResNet-18 sees 435 pixels (Araujo et al., "Computing Receptive Fields of Convolutional Neural Networks", 2019). In
    /// ResNet-50 only the 3x3 convolutions widen what is seen, by twice the stride below them: 11 after the stem, 3 · 8 more
    /// make 35, 8 + 3 · 16 make 91, 16 + 5 · 32 make 267, and 32 + 2 · 64 make 427. (The paper has the stride in the
    /// convolution before, which makes 483.)
    @Test(arguments: [(ResNet.Architecture.resnet18, 11_689_512, 1.814, 435.0), (.resnet50, 25_557_032, 4.089, 427)])
    func residualNetworks(architecture: ResNet.Architecture, weights: Int, gigaMultiplyAdds: Double, field: Double)
        throws
    {
        let network = ResNet(
            ParameterStore().root, architecture: architecture, classCount: 1000, normalization: .trained)
        let graph = Graph(output: "logits") { network($0) }
        let shape = TensorShape(batch: 1, height: 224, width: 224, channels: 3)
        let summary = try GraphSummary(graph, inputShape: shape)
        #expect(summary.weightCount == weights)
        #expect(abs(Double(summary.multiplyAdds) / 1e9 - gigaMultiplyAdds) < 0.001)
        let last = try #require(summary.layers.last { $0.outputShape.count == 4 && $0.outputShape[1] == 7 })
        #expect(last.receptiveField?.height == field && last.receptiveField?.strideHeight == 32)
        // Passes change neither what it costs nor what it sees.
        let fused = try GraphSummary(graph.fused(), inputShape: shape)
        #expect(fused.weightCount == weights && fused.multiplyAdds == summary.multiplyAdds)
        #expect(fused.layers.count < summary.layers.count / 2)
    }

    /// ⌊(200 + 2 - 5) / 2⌋ + 1 = 99; 99 - 3 + 1 = 97; 97 + 2 - 3 + 1 = 97.
    @Test func layersInWords() throws {
        let list = try LayerList("conv 5 stride=2 padding=1; max-pool 3; conv 3 padding=1")
        let summary = try GraphSummary(
            list.graph, inputShape: TensorShape(batch: 1, height: 200, width: 200, channels: 1))
        #expect(summary.layers.map { $0.outputShape[1] } == [99, 97, 97])
        // 5, then 5 + 2 · 2, then 9 + 2 · 2.
        #expect(summary.layers.map { $0.receptiveField?.width } == [5, 9, 13])
    }

    /// Windows of 3x5 with steps of 1x2 on 10x10 with a row above and two columns right: 10 + 1 - 3 + 1 = 9 rows and
    /// ⌊(10 + 2 - 5) / 2⌋ + 1 = 4 columns. Ceiling: ⌈(9 - 2) / 2⌉ + 1 = 5, against 4 columns: ⌈(4 - 2) / 2⌉ + 1 = 2.
    @Test func rectanglesAndCeiling() throws {
        let list = try LayerList("conv 3x5 stride=1x2 padding=1,0,0,2 channels=4; max-pool 2 stride=2 ceil\nconv 1")
        let summary = try GraphSummary(
            list.graph, inputShape: TensorShape(batch: 1, height: 10, width: 10, channels: 1))
        #expect(summary.layers.map(\.outputShape) == [[1, 9, 4, 4], [1, 5, 2, 4], [1, 5, 2, 1]])
    }

    @Test(arguments: [
        ("", "there is no layer"), ("dense 5", "there is no layer 'dense'"),
        ("conv", "the size of the window is missing"),
        ("conv 3 stride=x", "'stride=x' is no size"), ("conv 0", "'0' is no size of a window"),
        ("conv 3 strid=2", "'conv' has no 'strid'"), ("max-pool 2 padding=1,2", "'padding=1,2' is no padding"),
        ("conv 3 ceil", "'ceil' means nothing here"),
        ("conv 3 channels=-1", "'channels=-1' is no number from 1 to 65536"),
        ("conv 99999999999999999999", "'99999999999999999999' is no size of a window"),
    ])
    func mistakesAreExplained(text: String, problem: String) {
        let error = #expect(throws: LayerListError.self) { try LayerList(text) }
        #expect(error?.problem == problem)
        #expect(error?.remedy != nil)
    }
}
