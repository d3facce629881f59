import NeedletailKernels
import ReferenceFormula
import Testing

/// Convolutions band by band against the same ones run whole.
@Suite("Chains of convolutions") struct ConvolutionChainTests {
    private static func shape(
        _ batch: Int, _ height: Int, _ width: Int, _ channels: (Int, Int), kernel: Extent = 1, stride: Extent = 1,
        padding: EdgePadding = 0, dilation: Extent = 1, groups: Int = 1
    ) -> ConvolutionShape {
        ConvolutionShape(
            batch: batch, inputHeight: height, inputWidth: width, inputChannels: channels.0, outputChannels: channels.1,
            kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }

    /// An inverted residual with and without stride, the beginning of a MobileNet, kernels of five rows, dilation, padding on
    /// one side only, a kernel of one row that skips rows, a last window that reads below the map, and a few rows of which none
    /// is computed twice.
    static let chains: [[ConvolutionShape]] = [
        [
            shape(1, 41, 19, (16, 72)), shape(1, 41, 19, (72, 72), kernel: 3, padding: 1, groups: 72),
            shape(1, 41, 19, (72, 24)),
        ],
        [
            shape(2, 50, 17, (8, 40)), shape(2, 50, 17, (40, 40), kernel: 3, stride: 2, padding: 1, groups: 40),
            shape(2, 25, 9, (40, 24)),
        ],
        [
            shape(1, 97, 33, (3, 32), kernel: 3, stride: 2, padding: 1),
            shape(1, 49, 17, (32, 32), kernel: 3, padding: 1, groups: 32), shape(1, 49, 17, (32, 16)),
            shape(1, 49, 17, (16, 96)), shape(1, 49, 17, (96, 96), kernel: 5, padding: 2, groups: 96),
        ],
        [
            shape(1, 90, 12, (20, 33)),
            shape(1, 90, 12, (33, 33), kernel: 3, padding: 2, dilation: 2, groups: 33),
            shape(1, 90, 12, (33, 40), kernel: 1, stride: 2),
        ],
        [
            shape(1, 129, 11, (5, 32), kernel: 2, padding: EdgePadding(top: 0, left: 1, bottom: 1, right: 0)),
            shape(1, 129, 11, (32, 48), kernel: Extent(height: 5, width: 1), stride: 3),
        ],
        [shape(1, 13, 15, (40, 40), kernel: 3, padding: 1, groups: 40), shape(1, 13, 15, (40, 25))],
    ]

    @Test("Bands give the bits of whole maps, at any number of threads", arguments: chains.indices, [1, 2, 3])
    func bands(index: Int, threads: Int) throws {
        let shapes = Self.chains[index], pool = ThreadPool(threadCount: threads)
        let chain = try #require(ConvolutionChain(shapes: shapes, threadCount: threads))
        let last = shapes.count - 1
        let activations: [Activation?] = [.relu6, .silu, nil, .hardSwish, .relu]
        let kernels = shapes.map { VectorConvolution(shapes: [$0]) }
        let packed = zip(kernels, shapes).map { kernel, shape in
            let packed = ConvolutionTests.aligned(count: kernel.packedCount)
            kernel.pack(
                weights: Formula.signed("weights \(shape)", count: shape.weightCount), scale: nil, into: packed,
                pool: pool)
            return packed
        }
        let epilogues = shapes.indices.map { link in
            ConvolutionEpilogue(
                bias: ConvolutionTests.pointer(to: Formula.signed("bias", count: shapes[link].outputChannels)),
                residual: link == last
                    ? ConvolutionTests.pointer(to: Formula.signed("residual", count: shapes[link].outputCount)) : nil,
                activation: activations[link])
        }
        let input = ConvolutionTests.pointer(to: Formula.signed("input", count: shapes[0].inputCount))

        var expected = input
        for (link, kernel) in kernels.enumerated() {
            let output = ConvolutionTests.aligned(count: shapes[link].outputCount)
            kernel.forward(
                [.init(input: expected, output: output, epilogue: epilogues[link])], packed: packed[link],
                scratch: ConvolutionTests.scratch(for: kernel, workers: threads), pool: pool)
            expected = UnsafePointer(output)
        }
        let perWorker = (chain.scratchCount + 15) / 16 * 16,
            scratch = ConvolutionTests.aligned(count: perWorker * threads)
        let output = ConvolutionTests.aligned(count: shapes[last].outputCount)
        chain.forward(
            input: input, output: output,
            links: shapes.indices.map { .init(packed: packed[$0], epilogue: epilogues[$0]) },
            scratch: Scratch(base: scratch, countPerWorker: perWorker, shared: scratch), pool: pool)
        let places = 0..<shapes[last].outputCount
        #expect(places.allSatisfy { output[$0].bitPattern == expected[$0].bitPattern })
        #expect(places.contains { output[$0] > 0 })
    }

    @Test("There is no chain of too few rows, or with Winograd's algorithm in it")
    func refusals() {
        let pair = [Self.shape(1, 41, 19, (16, 72)), Self.shape(1, 41, 19, (72, 24))]
        #expect(ConvolutionChain(shapes: pair, threadCount: 2) != nil)
        #expect(ConvolutionChain(shapes: pair, threadCount: 16) == nil)
        let winograd = Self.shape(1, 41, 19, (72, 64), kernel: 3, padding: 1)
        #expect(ConvolutionChain(shapes: [pair[0], winograd], threadCount: 2) == nil)
        #expect(ConvolutionChain(shapes: [pair[0]], threadCount: 1) == nil)
        // The first and the last row of its result are made of padding.
        let padded = Self.shape(1, 41, 19, (72, 24), padding: 1)
        #expect(ConvolutionChain(shapes: [pair[0], padded], threadCount: 1) == nil)
    }
}
