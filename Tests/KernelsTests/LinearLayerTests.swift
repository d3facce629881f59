import COpenBLAS
import NeedletailKernels
import ReferenceFormula
import Testing

/// Linear layers, which are convolutions of one pixel, against OpenBLAS where it is installed.
@Suite(.enabled(if: needletail_openblas_load() == 1)) struct LinearLayerTests {
    static let inputs = 1030, outputs = 517

    /// `C += op(A) · op(B)` of row-major matrices without gaps.
    private func product(
        _ m: Int, _ n: Int, _ k: Int, _ a: [Float], transposesA: Bool = false, _ b: [Float], transposesB: Bool = false,
        addedTo c: [Float]
    ) -> [Float] {
        var c = c
        needletail_openblas_sgemm(
            transposesA ? 1 : 0, transposesB ? 1 : 0, Int32(m), Int32(n), Int32(k), 1, a, Int32(transposesA ? m : k),
            b, Int32(transposesB ? k : n), 1, &c, Int32(n))
        return c
    }

    @Test(arguments: [1, 16, 37])
    func agreesWithOpenBLAS(batch: Int) {
        let shape = ConvolutionShape(
            batch: batch, inputHeight: 1, inputWidth: 1, inputChannels: Self.inputs, outputChannels: Self.outputs,
            kernel: 1)
        let results = ConvolutionTests.results(of: VectorConvolution(shapes: [shape]), pool: ThreadPool(threadCount: 2))
        let input = Formula.signed("input", count: shape.inputCount)
        let gradient = Formula.signed("gradient", count: shape.outputCount)
        // As `ConvolutionTests.results` scales them.
        let scale = Formula.unit("scale", count: Self.outputs).map { $0 + 0.5 }
        let weights = Formula.signed("weights", count: shape.weightCount).enumerated().map {
            $1 * scale[$0 / Self.inputs]
        }
        let output = product(
            batch, Self.outputs, Self.inputs, input, weights, transposesB: true,
            addedTo: [Float](repeating: 0, count: shape.outputCount))
        #expect(relativeError(results.plainOutput, output) < 5e-6)
        let inputGradient = product(
            batch, Self.inputs, Self.outputs, gradient, weights, addedTo: [Float](repeating: 0, count: shape.inputCount)
        )
        #expect(relativeError(results.inputGradient, inputGradient) < 5e-6)
        let scaled = gradient.enumerated().map { $1 * scale[$0 % Self.outputs] }
        let weightGradient = product(
            Self.outputs, Self.inputs, batch, scaled, transposesA: true, input,
            addedTo: [Float](repeating: 0.5, count: shape.weightCount))
        #expect(relativeError(results.weightGradient, weightGradient) < 5e-6)
    }
}
