import NeedletailGraph
import NeedletailKernels
import Testing

/// Every pass by the printed graph, before and after.
@Suite struct PassTests {
    private let store = ParameterStore()

    private func convolution(_ name: String, hasBias: Bool = false) -> Convolution {
        Convolution(
            store.root[name], inputChannels: 3, outputChannels: 3, kernel: 3, hasBias: hasBias,
            initializedBy: .constant(0))
    }

    private func normalization(_ name: String, _ kind: BatchNormalization.Kind = .frozen) -> BatchNormalization {
        BatchNormalization(store.root[name], channels: 3, kind: kind)
    }

    @Test func whatNobodyReadsIsDropped() {
        let used = convolution("used"), unused = convolution("unused")
        let graph = Graph { builder in
            let image = builder.input("image", channels: 3), mask = builder.input("mask", channels: 1)
            _ = unused(image).relu()
            builder.output("y", used(image))
            _ = mask
        }
        #expect(graph.nodes.count == 5)
        #expect(
            DropUnread()(graph).description == """
                image = input [?, ?, ?, 3]
                mask = input [?, ?, ?, 1]
                used = convolution(image) 3 kernel=3 padding=1
                -> y = used
                """)
    }

    @Test func fixedNormalizationIsFolded() {
        let first = convolution("conv1"), norm = normalization("bn1")
        let graph = Graph(output: "y") { norm(first($0)).relu() }
        #expect(
            graph.description == """
                image = input [?, ?, ?, 3]
                conv1 = convolution(image) 3 kernel=3 padding=1
                bn1 = batch-normalization(conv1)
                bn1.relu = activation(bn1) relu
                -> y = bn1.relu
                """)
        #expect(
            FoldNormalization()(graph).description == """
                image = input [?, ?, ?, 3]
                conv1 = convolution(image) 3 kernel=3 padding=1 normalized=bn1
                bn1.relu = activation(conv1) relu
                -> y = bn1.relu
                """)
    }

    /// A derivative that only the result tells, as that of a sigmoid, needs the result kept.
    @Test func trainedNormalizationTakesInTheActivation() {
        let first = convolution("conv1"), norms = ["bn1", "bn2"].map { normalization($0, .trained) }
        let graph = Graph(output: "y") { image in
            norms[1](norms[0](first(image)).applying(.silu)).applying(.sigmoid)
        }
        let trained = Set(norms.map(\.weight))
        #expect(
            FuseNormalizedActivation(trained: trained)(graph).description == """
                image = input [?, ?, ?, 3]
                conv1 = convolution(image) 3 kernel=3 padding=1
                bn1 = batch-normalization(conv1) activation=silu
                bn2 = batch-normalization(bn1)
                bn2.sigmoid = activation(bn2) sigmoid
                -> y = bn2.sigmoid
                """)
        // Fixed statistics are folded instead.
        #expect(FuseNormalizedActivation(trained: [])(graph) == graph)
    }

    /// Where nothing is trained, and nobody else reads the blocks.
    @Test func blocksAreReadByTheConvolutionBehindThem() {
        let stem = Convolution(
            store.root["stem"], inputChannels: 12, outputChannels: 3, kernel: 3, hasBias: false,
            initializedBy: .constant(0))
        let focus = SpaceToDepth(block: 2, order: .columns)
        let graph = Graph(output: "y") { stem(focus($0)).applying(.silu) }
        #expect(
            ReadBlocks()(graph).description == """
                image = input [?, ?, ?, 3]
                stem = convolution(image) 3 kernel=3 padding=1 blocks=2 columns
                stem.silu = activation(stem) silu
                -> y = stem.silu
                """)
        #expect(ReadBlocks(trained: [stem.weight])(graph) == graph)
        let shared = Graph(output: "y") { image in
            let blocks = focus(image)
            return Concatenation()([stem(blocks), blocks])
        }
        #expect(ReadBlocks()(shared) == shared)
    }

    /// What uses the statistics of the batch stays, and so does what stands behind a trained bias or a value that is read twice.
    @Test func normalizationThatCannotBeFoldedStays() {
        let first = convolution("conv1", hasBias: true), norm = normalization("bn1", .trained)
        let graph = Graph(output: "y") { norm(first($0)) }
        #expect(FoldNormalization(trained: [norm.weight])(graph) == graph)
        #expect(FoldNormalization(trained: [norm.bias])(graph) == graph)
        #expect(FoldNormalization(trained: [first.parameters[1]])(graph) == graph)
        // The weight may be trained: its gradient passes the factor.
        #expect(FoldNormalization(trained: [first.weight])(graph) != graph)
        let twice = Graph(output: "y") { image in
            let value = first(image)
            return norm(value) + value
        }
        #expect(FoldNormalization()(twice) == twice)
        let asked = Graph { builder in
            let value = first(builder.input("image", channels: 3))
            builder.output("raw", value)
            builder.output("y", norm(value))
        }
        #expect(FoldNormalization()(asked) == asked)
    }

    /// A residual block: the first convolution takes the ReLU, and the shortcut, which is recorded first, the addition.
    @Test func additionAndActivationAreFused() {
        let first = convolution("conv1"), second = convolution("conv2"), shortcut = convolution("shortcut")
        let graph = Graph(output: "y") { image in
            let straight = shortcut(image)
            return (second(first(image).relu()) + straight).relu()
        }
        #expect(
            FuseEpilogue()(graph).description == """
                image = input [?, ?, ?, 3]
                conv1 = convolution(image) 3 kernel=3 padding=1 activation=relu
                conv2 = convolution(conv1) 3 kernel=3 padding=1
                shortcut = convolution(image, conv2) 3 kernel=3 padding=1 residual activation=relu
                -> y = shortcut
                """)
    }

    @Test(arguments: [
        Activation.relu, .relu6, .leakyReLU(slope: 0.1), .silu, .hardSwish, .sigmoid, .hardSigmoid, .tanh, .gelu,
    ])
    func everyActivationIsFused(function: Activation) {
        let layer = convolution("conv")
        let graph = Graph(output: "y") { layer($0).applying(function) }
        let fused = FuseEpilogue()(graph)
        #expect(
            fused.description == """
                image = input [?, ?, ?, 3]
                conv = convolution(image) 3 kernel=3 padding=1 activation=\(function.name)
                -> y = conv
                """)
        // In training only where the derivative follows from the result.
        let trained = FuseEpilogue(trained: [layer.weight])(graph)
        #expect(trained == (function.derivativeFollowsFromOutput ? fused : graph))
        // Where nothing below is trained it makes no difference.
        #expect(FuseEpilogue(trained: [convolution("other").weight])(graph) == fused)
    }

    /// A value that is a result itself is not fused away.
    @Test func resultsStay() {
        let layer = convolution("conv")
        let graph = Graph { builder in
            let value = layer(builder.input("image", channels: 3))
            builder.output("logits", value)
            builder.output("scores", value.applying(.sigmoid))
        }
        #expect(FuseEpilogue()(graph) == graph)
    }

    /// Two layers of a head on two maps: each becomes one node with two results.
    @Test func sharedWeightsAreJoined() {
        let first = convolution("h1"), second = convolution("h2")
        let graph = Graph { builder in
            let fine = builder.input("fine", channels: 3), coarse = builder.input("coarse", channels: 3)
            builder.output("a", second(first(fine)))
            builder.output("b", second(first(coarse)))
        }
        let joined = JoinSharedWeights()(graph)
        #expect(
            joined.description == """
                fine = input [?, ?, ?, 3]
                coarse = input [?, ?, ?, 3]
                h1 = convolution(fine, coarse) 3 kernel=3 padding=1
                h2 = convolution(h1, h1[1]) 3 kernel=3 padding=1
                -> a = h2
                -> b = h2[1]
                """)
    }

    /// Weights that are used one after the other cannot run at once.
    @Test func whatDependsOnItselfIsNotJoined() {
        let layer = convolution("conv")
        let graph = Graph(output: "y") { layer(layer($0)) }
        #expect(JoinSharedWeights()(graph) == graph)
    }

    /// Maps of which one needs a gradient below and the other does not stay apart.
    @Test func whatDiffersBackwardIsNotJoined() {
        let below = convolution("below"), head = convolution("head")
        let graph = Graph { builder in
            let image = builder.input("image", channels: 3)
            builder.output("a", head(image))
            builder.output("b", head(below(image)))
        }
        #expect(JoinSharedWeights()(graph).nodes.count == 3)
        #expect(JoinSharedWeights(trained: [below.weight, head.weight])(graph).nodes.count == 4)
    }
}
