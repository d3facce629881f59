import NeedletailGraph
import NeedletailKernels
import Testing

/// What layers cost and see, worked out by hand.
@Suite struct GraphSummaryTests {
    /// 3x3 of 3 to 8 channels on 6x6, stride 2: maps of 3x3, 8 · 27 + 8 weights, 9 · 8 · 27 multiply-adds. The pool of 2
    /// over it sees 3 + 1 · 2 = 5 pixels.
    @Test func aSmallNetwork() throws {
        let store = ParameterStore()
        let layer = Convolution(
            store.root["conv"], inputChannels: 3, outputChannels: 8, kernel: 3, stride: 2, hasBias: true,
            initializedBy: .constant(0))
        let norm = BatchNormalization(store.root["bn"], channels: 8, kind: .trained)
        let graph = Graph(output: "y") { norm(layer($0)).relu().maxPooled(2, stride: 1) }
        let summary = try GraphSummary(
            graph, inputShape: TensorShape(batch: 1, height: 6, width: 6, channels: 3), trained: [norm.weight])
        #expect(summary.layers.map(\.name) == ["conv", "bn", "bn.relu", "bn.relu.max-pool"])
        #expect(summary.layers[0].outputShape == [1, 3, 3, 8])
        #expect(summary.layers[0].weightCount == 8 * 27 + 8)
        #expect(summary.layers[0].multiplyAdds == 9 * 8 * 27)
        #expect(summary.layers[0].byteCount == 9 * 8 * 4)
        #expect(summary.layers[1].weightCount == 16 && summary.layers[1].statisticCount == 16)
        #expect(summary.trainedCount == 8 && summary.weightCount == 8 * 27 + 8 + 16)
        let field = try #require(summary.layers[3].receptiveField)
        #expect(field == ReceptiveField(height: 5, width: 5, strideHeight: 2, strideWidth: 2))
    }

    /// A layer that is applied twice has its parameters once.
    @Test func sharedParametersCountOnce() throws {
        let layer = Convolution(
            ParameterStore().root["conv"], inputChannels: 3, outputChannels: 3, kernel: 1, hasBias: false,
            initializedBy: .constant(0))
        let summary = try GraphSummary(
            Graph(output: "y") { layer(layer($0)) },
            inputShape: TensorShape(batch: 1, height: 2, width: 2, channels: 3))
        #expect(summary.layers.map(\.weightCount) == [9, 0])
        #expect(summary.layers.map(\.sharesParameters) == [false, true])
    }

    /// Enlarging a map brings its places closer together; an addition sees what either term sees.
    @Test func pyramids() throws {
        let graph = Graph(output: "y") { image in
            let coarse = image.maxPooled(2, stride: 2).maxPooled(2, stride: 2)
            return image + coarse.upsampled(toSizeOf: image)
        }
        let summary = try GraphSummary(graph, inputShape: TensorShape(batch: 1, height: 8, width: 8, channels: 3))
        #expect(summary.layers[1].receptiveField?.height == 4 && summary.layers[1].receptiveField?.strideHeight == 4)
        #expect(summary.layers[2].receptiveField?.strideHeight == 1)
        let sum = try #require(summary.layers[3].receptiveField)
        #expect(sum == ReceptiveField(height: 4, width: 4, strideHeight: 1, strideWidth: 1))
    }

    /// A convolution of each channel alone costs 1/4 of one over all four; with the 1x1 behind it 1/6 + 1/9 of one from four
    /// channels to six. Functions between the two change nothing.
    @Test func sharesOfAStandardConvolution() throws {
        let store = ParameterStore()
        let depthwise = Convolution(
            store.root["dw"], inputChannels: 4, outputChannels: 4, kernel: 3, groups: 4, hasBias: false,
            initializedBy: .constant(0))
        let pointwise = Convolution(
            store.root["pw"], inputChannels: 4, outputChannels: 6, kernel: 1, hasBias: false,
            initializedBy: .constant(0))
        let plain = Convolution(
            store.root["plain"], inputChannels: 6, outputChannels: 2, kernel: 1, hasBias: false,
            initializedBy: .constant(0))
        let summary = try GraphSummary(
            Graph(channels: 4, output: "y") { plain(pointwise(depthwise($0).relu())) },
            inputShape: TensorShape(batch: 1, height: 5, width: 7, channels: 4))
        let shares = summary.layers.map(\.shareOfStandard)
        #expect(shares[0] == 0.25 && shares[1] == nil && shares[3] == nil)
        #expect(abs((shares[2] ?? 0) - (1.0 / 6 + 1.0 / 9)) < 1e-12)
        #expect(summary.operations == 2 * summary.multiplyAdds)
    }

    /// What a node does not depend on is left out.
    @Test func aPartOfAGraph() throws {
        let graph = Graph { builder in
            let image = builder.input("image", channels: 1)
            let pooled = image.maxPooled(2, stride: 2)
            builder.output("small", pooled.relu())
            builder.output("large", image.relu())
        }
        let part = try graph.part(making: "image.max-pool")
        #expect(
            part.nodes.map(\.name) == ["image", "image.max-pool"] && part.outputs.map(\.name) == ["image.max-pool"])
        let error = #expect(throws: GraphError.self) { try graph.part(making: "nothing") }
        #expect(error?.kind == .name && error?.node == "nothing")
    }
}
