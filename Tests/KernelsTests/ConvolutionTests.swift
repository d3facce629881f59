import NeedletailKernels
import ReferenceFormula
import ReferenceKernels
import Testing

/// Fast kernels against the definition, on shapes that no kernel was made for.
@Suite struct ConvolutionTests {
    static let shapes: [ConvolutionShape] = [
        .init(
            batch: 1, inputHeight: 3, inputWidth: 3, inputChannels: 1, outputChannels: 1, kernel: 3),
        .init(
            batch: 2, inputHeight: 11, inputWidth: 7, inputChannels: 5, outputChannels: 9, kernel: 3, padding: 1),
        .init(
            batch: 1, inputHeight: 13, inputWidth: 10, inputChannels: 16, outputChannels: 33, kernel: 1),
        .init(
            batch: 3, inputHeight: 9, inputWidth: 8, inputChannels: 17, outputChannels: 6, kernel: 1, stride: 2),
        .init(
            batch: 2, inputHeight: 23, inputWidth: 19, inputChannels: 3, outputChannels: 20, kernel: 7, stride: 2,
            padding: 3),
        .init(
            batch: 2, inputHeight: 12, inputWidth: 15, inputChannels: 6, outputChannels: 10, kernel: 3, stride: 2,
            padding: 1),
        .init(
            batch: 1, inputHeight: 14, inputWidth: 9, inputChannels: 4, outputChannels: 8, kernel: 3, padding: 2,
            dilation: 2),
        .init(
            batch: 2, inputHeight: 10, inputWidth: 11, inputChannels: 12, outputChannels: 6, kernel: 3, padding: 1,
            groups: 3),
        .init(
            batch: 1, inputHeight: 9, inputWidth: 9, inputChannels: 20, outputChannels: 20, kernel: 3, stride: 2,
            padding: 1, groups: 20),
        .init(
            batch: 2, inputHeight: 8, inputWidth: 6, inputChannels: 7, outputChannels: 5,
            kernel: Extent(height: 5, width: 2), padding: 2),
        .init(
            batch: 1, inputHeight: 9, inputWidth: 14, inputChannels: 20, outputChannels: 34,
            kernel: Extent(height: 3, width: 2), stride: Extent(height: 1, width: 2),
            padding: EdgePadding(top: 2, left: 0, bottom: 1, right: 3), dilation: Extent(height: 2, width: 1)),
        .init(
            batch: 2, inputHeight: 12, inputWidth: 9, inputChannels: 18, outputChannels: 18, kernel: 3,
            stride: Extent(height: 2, width: 1), padding: EdgePadding(top: 0, left: 1, bottom: 2, right: 1),
            dilation: Extent(height: 1, width: 2), groups: 18),
        .init(
            batch: 1, inputHeight: 19, inputWidth: 18, inputChannels: 32, outputChannels: 48, kernel: 3,
            padding: EdgePadding(top: 0, left: 2, bottom: 2, right: 1)),
        .init(
            batch: 1, inputHeight: 40, inputWidth: 56, inputChannels: 64, outputChannels: 96, kernel: 3, padding: 1),
        .init(
            batch: 2, inputHeight: 17, inputWidth: 25, inputChannels: 70, outputChannels: 45, kernel: 3, padding: 1),
    ]

    /// Memory full of NaN, so that a number which was never written shows. It lives as long as the test process.
    static func aligned(count: Int) -> UnsafeMutablePointer<Float> {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(count, 16) * 4, alignment: 64)
            .bindMemory(to: Float.self, capacity: max(count, 16))
        memory.initialize(repeating: .nan, count: max(count, 16))
        return memory
    }

    static func scratch(for kernel: any ConvolutionKernel, workers: Int) -> Scratch {
        let perWorker = (kernel.scratchCount + 15) / 16 * 16
        return Scratch(
            base: aligned(count: perWorker * workers), countPerWorker: perWorker,
            shared: aligned(count: kernel.sharedScratchCount))
    }

    /// What one kernel computes of a shape, with every part of the epilogue in use.
    struct Results {
        var output: [Float]
        var plainOutput: [Float]
        var inputGradient: [Float]
        var accumulatedGradient: [Float]
        var weightGradient: [Float]
    }

    static func results(
        of kernel: any ConvolutionKernel, activation: Activation = .relu, pool: ThreadPool
    ) -> Results {
        let shape = kernel.shapes[0]
        let input = Formula.signed("input", count: shape.inputCount)
        let weights = Formula.signed("weights", count: shape.weightCount)
        let scale = Formula.unit("scale", count: shape.outputChannels).map { $0 + 0.5 }
        let bias = Formula.signed("bias", count: shape.outputChannels)
        let residual = Formula.signed("residual", count: shape.outputCount)
        let gradient = Formula.signed("gradient", count: shape.outputCount)
        let packed = Self.aligned(count: kernel.packedCount)
        kernel.pack(weights: weights, scale: scale, into: packed, pool: pool)
        let gradientPacked = Self.aligned(count: kernel.gradientPackedCount)
        kernel.packForGradient(weights: weights, scale: scale, into: gradientPacked, pool: pool)
        let scratch = Self.scratch(for: kernel, workers: pool.threadCount)
        var results = Results(
            output: [Float](repeating: .nan, count: shape.outputCount),
            plainOutput: [Float](repeating: .nan, count: shape.outputCount),
            inputGradient: [Float](repeating: .nan, count: shape.inputCount),
            accumulatedGradient: [Float](repeating: 0.25, count: shape.inputCount),
            weightGradient: [Float](repeating: 0.5, count: shape.weightCount))
        bias.withUnsafeBufferPointer { bias in
            residual.withUnsafeBufferPointer { residual in
                let epilogue = ConvolutionEpilogue(
                    bias: bias.baseAddress, residual: residual.baseAddress, activation: activation)
                forward(kernel, input, packed, epilogue, &results.output, scratch, pool)
            }
        }
        forward(kernel, input, packed, ConvolutionEpilogue(), &results.plainOutput, scratch, pool)
        inputGradient(
            kernel, gradient, gradientPacked, &results.inputGradient, accumulates: false, gate: nil, scratch, pool)
        inputGradient(
            kernel, gradient, gradientPacked, &results.accumulatedGradient, accumulates: true, gate: input, scratch,
            pool)
        let map = ConvolutionMap.WeightGradient(input: pointer(to: input), outputGradient: pointer(to: gradient))
        kernel.addWeightGradient([map], scale: scale, to: &results.weightGradient, scratch: scratch, pool: pool)
        return results
    }

    /// A copy that lives as long as the test process.
    static func pointer(to values: [Float]) -> UnsafePointer<Float> {
        let copy = aligned(count: values.count)
        for (index, value) in values.enumerated() { copy[index] = value }
        return UnsafePointer(copy)
    }

    private static func forward(
        _ kernel: any ConvolutionKernel, _ input: [Float], _ packed: UnsafePointer<Float>,
        _ epilogue: ConvolutionEpilogue, _ output: UnsafeMutablePointer<Float>, _ scratch: Scratch, _ pool: ThreadPool
    ) {
        let map = ConvolutionMap.Forward(input: pointer(to: input), output: output, epilogue: epilogue)
        kernel.forward([map], packed: packed, scratch: scratch, pool: pool)
    }

    private static func inputGradient(
        _ kernel: any ConvolutionKernel, _ outputGradient: [Float], _ packed: UnsafePointer<Float>,
        _ result: UnsafeMutablePointer<Float>, accumulates: Bool, gate: [Float]?, _ scratch: Scratch,
        _ pool: ThreadPool
    ) {
        let map = ConvolutionMap.InputGradient(
            outputGradient: pointer(to: outputGradient), inputGradient: result, accumulates: accumulates,
            gate: gate.map(pointer))
        kernel.inputGradient([map], packed: packed, scratch: scratch, pool: pool)
    }

    @Test(arguments: shapes)
    func agreesWithTheDefinition(shape: ConvolutionShape) {
        let pool = ThreadPool(threadCount: 2)
        let expected = Self.results(of: NaiveConvolutionKernel(shapes: [shape]), pool: pool)
        let results = Self.results(of: VectorConvolution(shapes: [shape]), pool: pool)
        #expect(relativeError(results.output, expected.output) < 5e-6)
        #expect(relativeError(results.plainOutput, expected.plainOutput) < 5e-6)
        #expect(relativeError(results.inputGradient, expected.inputGradient) < 5e-6)
        #expect(relativeError(results.accumulatedGradient, expected.accumulatedGradient) < 5e-6)
        #expect(relativeError(results.weightGradient, expected.weightGradient) < 5e-6)
    }

    @Test(arguments: shapes)
    func givesTheSameBitsAtAnyThreadCount(shape: ConvolutionShape) {
        let kernel = VectorConvolution(shapes: [shape])
        let alone = Self.results(of: kernel, pool: ThreadPool(threadCount: 1))
        for threads in [2, 3] {
            let shared = Self.results(of: kernel, pool: ThreadPool(threadCount: threads))
            #expect(alone.output.map(\.bitPattern) == shared.output.map(\.bitPattern))
            #expect(alone.inputGradient.map(\.bitPattern) == shared.inputGradient.map(\.bitPattern))
            #expect(alone.weightGradient.map(\.bitPattern) == shared.weightGradient.map(\.bitPattern))
        }
    }

    /// On kernels of each kind: direct, Winograd's, depthwise.
    @Test(arguments: Activation.examples, [0, 8, 13])
    func appliesAnyActivation(activation: Activation, index: Int) {
        let pool = ThreadPool(threadCount: 2), shape = Self.shapes[index]
        let expected = Self.results(of: NaiveConvolutionKernel(shapes: [shape]), activation: activation, pool: pool)
        let results = Self.results(of: VectorConvolution(shapes: [shape]), activation: activation, pool: pool)
        // Of the sums, because an activation may keep what comes of them small.
        let scale = expected.plainOutput.map { abs($0) }.max() ?? 0
        let error = zip(results.output, expected.output).map { abs($0 - $1) }.max() ?? .infinity
        #expect(error < 6e-6 * scale)
    }

    /// What packing on one thread says that it has read, it never reads again; and it says so of every weight, once.
    @Test(arguments: shapes) func tellsWhatIsPacked(shape: ConvolutionShape) {
        let kernel = VectorConvolution(shapes: [shape]), pool = ThreadPool(threadCount: 1)
        var weights = Formula.signed("weights", count: shape.weightCount)
        let expected = Self.aligned(count: kernel.packedCount), packed = Self.aligned(count: kernel.packedCount)
        kernel.pack(weights: weights, scale: nil, into: expected, pool: pool)
        var told = 0
        weights.withUnsafeMutableBufferPointer { weights in
            guard let start = weights.baseAddress else { return }
            kernel.pack(weights: start, scale: nil, into: packed, pool: pool) { range in
                #expect(range.lowerBound == told)
                told = range.upperBound
                for index in range { start[index] = .nan }
            }
        }
        #expect(told == shape.weightCount)
        #expect((0..<kernel.packedCount).allSatisfy { packed[$0] == expected[$0] })
    }

    /// A map of 2 has no place for a window of 3, whatever the stride; with one of padding it has one.
    @Test func aKernelLargerThanItsInputGivesNothing() {
        var shape = ConvolutionShape(
            batch: 1, inputHeight: 2, inputWidth: 5, inputChannels: 1, outputChannels: 1, kernel: 3, stride: 2)
        #expect(shape.outputHeight == 0 && shape.outputWidth == 2 && shape.outputCount == 0)
        shape.padding.bottom = 1
        #expect(shape.outputHeight == 1)
        shape.dilation.width = 3
        #expect(shape.outputWidth == 0)
    }

    /// One 2x2 kernel over a 2x3 image, worked out by hand:
    /// 1·1 + 2·10 + 4·100 + 5·1000 = 5421 and 2·1 + 3·10 + 5·100 + 6·1000 = 6532.
    @Test func matchesAHandWorkedExample() {
        let shape = ConvolutionShape(
            batch: 1, inputHeight: 2, inputWidth: 3, inputChannels: 1, outputChannels: 1, kernel: 2)
        let pool = ThreadPool(threadCount: 1)
        for kernel in [ConvolutionAlgorithm.vector, .naive].map({ $0.kernel(for: [shape]) }) {
            let packed = Self.aligned(count: kernel.packedCount)
            kernel.pack(weights: [1, 10, 100, 1000], scale: nil, into: packed, pool: pool)
            var output: [Float] = [0, 0]
            Self.forward(
                kernel, [1, 2, 3, 4, 5, 6], packed, ConvolutionEpilogue(), &output,
                Self.scratch(for: kernel, workers: 1), pool)
            #expect(output == [5421, 6532])
        }
    }
}
