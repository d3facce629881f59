import NeedletailKernels
import ReferenceFormula
import ReferenceKernels
import Testing

/// Convolutions of several maps with the same weights, as by the head on the levels of a pyramid.
@Suite struct SharedConvolutionTests {
    /// Kernels that go over several maps at once: Winograd's, direct ones of both kinds, depthwise.
    static let shared: [ConvolutionShape] = [
        .init(
            batch: 2, inputHeight: 18, inputWidth: 21, inputChannels: 35, outputChannels: 50, kernel: 3, padding: 1),
        .init(
            batch: 1, inputHeight: 16, inputWidth: 11, inputChannels: 32, outputChannels: 20, kernel: 3, stride: 2,
            padding: 1),
        .init(
            batch: 1, inputHeight: 20, inputWidth: 17, inputChannels: 3, outputChannels: 40, kernel: 5, stride: 2,
            padding: 2),
        .init(
            batch: 2, inputHeight: 12, inputWidth: 13, inputChannels: 24, outputChannels: 24, kernel: 3, padding: 1,
            groups: 24),
        .init(
            batch: 1, inputHeight: 14, inputWidth: 12, inputChannels: 20, outputChannels: 36,
            kernel: Extent(height: 2, width: 3), stride: Extent(height: 1, width: 2),
            padding: EdgePadding(top: 1, left: 2, bottom: 0, right: 1), dilation: Extent(height: 1, width: 2)),
    ]

    @Test(arguments: shared)
    func severalMapsGoThroughTheSameWeights(shape: ConvolutionShape) {
        let shapes = [(18, 21), (9, 11), (5, 6), (1, 2)].enumerated().map { index, size in
            var shape = shape
            shape.inputHeight = size.0
            shape.inputWidth = size.1
            shape.batch += index % 2
            return shape
        }
        let pool = ThreadPool(threadCount: 2)
        let weights = Formula.signed("weights", count: shape.weightCount)
        func run(_ kernel: any ConvolutionKernel, maps: Range<Int>) -> [[Float]] {
            let packed = ConvolutionTests.aligned(count: kernel.packedCount)
            let gradientPacked = ConvolutionTests.aligned(count: kernel.gradientPackedCount)
            kernel.pack(weights: weights, scale: nil, into: packed, pool: pool)
            kernel.packForGradient(weights: weights, scale: nil, into: gradientPacked, pool: pool)
            let scratch = ConvolutionTests.scratch(for: kernel, workers: 2)
            let inputs = maps.map {
                ConvolutionTests.pointer(to: Formula.signed("input \($0)", count: shapes[$0].inputCount))
            }
            let gradients = maps.map {
                ConvolutionTests.pointer(to: Formula.signed("grad \($0)", count: shapes[$0].outputCount))
            }
            let outputs = maps.map { ConvolutionTests.aligned(count: shapes[$0].outputCount) }
            let inputGradients = maps.map { ConvolutionTests.aligned(count: shapes[$0].inputCount) }
            kernel.forward(
                maps.map {
                    .init(
                        input: inputs[$0 - maps.lowerBound], output: outputs[$0 - maps.lowerBound],
                        epilogue: ConvolutionEpilogue(activation: .silu))
                }, packed: packed, scratch: scratch, pool: pool)
            kernel.inputGradient(
                maps.map {
                    .init(
                        outputGradient: gradients[$0 - maps.lowerBound],
                        inputGradient: inputGradients[$0 - maps.lowerBound], accumulates: false,
                        gate: inputs[$0 - maps.lowerBound])
                }, packed: gradientPacked, scratch: scratch, pool: pool)
            var weightGradient = [Float](repeating: 0, count: shape.weightCount)
            kernel.addWeightGradient(
                zip(inputs, gradients).map { .init(input: $0, outputGradient: $1) }, scale: nil, to: &weightGradient,
                scratch: scratch, pool: pool)
            return [
                zip(outputs, maps).flatMap { Array(UnsafeBufferPointer(start: $0, count: shapes[$1].outputCount)) },
                zip(inputGradients, maps).flatMap {
                    Array(UnsafeBufferPointer(start: $0, count: shapes[$1].inputCount))
                },
                weightGradient,
            ]
        }
        let together = run(VectorConvolution(shapes: shapes), maps: shapes.indices)
        let alone = shapes.indices.map { run(NaiveConvolutionKernel(shapes: [shapes[$0]]), maps: $0..<$0 + 1) }
        #expect(relativeError(together[0], alone.flatMap { $0[0] }) < 5e-6)
        #expect(relativeError(together[1], alone.flatMap { $0[1] }) < 5e-6)
        let sum = alone.dropFirst().reduce(alone[0][2]) { sum, map in zip(sum, map[2]).map { $0 + $1 } }
        #expect(relativeError(together[2], sum) < 5e-6)
    }
}
