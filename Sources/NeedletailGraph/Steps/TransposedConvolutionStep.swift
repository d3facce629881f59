import NeedletailKernels

/// A convolution with its passes exchanged.
struct TransposedConvolutionStep: Step {
    /// The convolution that leads from the output to the input.
    let kernel: any ConvolutionKernel
    let source: PackedWeights.Source
    let bias: Parameter?
    let buffers: UnaryBuffers

    private var shape: ConvolutionShape { kernel.shapes[0] }

    var scratchCount: Int { kernel.scratchCount }
    var sharedScratchCount: Int { buffers.outputGradient == nil ? 0 : kernel.sharedScratchCount }
    var multiplyAdds: Int { shape.multiplyAdds }
    var label: String {
        "transposed \(shape.kernel)/\(shape.stride.text) \(shape.outputChannels)->\(shape.inputChannels) on "
            + "\(shape.inputHeight)x\(shape.inputWidth)"
    }

    func prepare(_ packedWeights: PackedWeights) throws(OutOfMemoryError) {
        try packedWeights.prepare(
            source, count: max(kernel.gradientPackedCount, buffers.inputGradient == nil ? 0 : kernel.packedCount))
    }

    func forward(_ context: ExecutionContext) {
        let output = context[buffers.output]
        // The bias is there first, and the rest is added to it.
        if let values = bias?.values.baseAddress {
            Elementwise.repeatRow(
                values, columns: shape.inputChannels, rows: shape.inputCount / shape.inputChannels, to: output,
                pool: context.pool)
        }
        kernel.inputGradient(
            [
                ConvolutionMap.InputGradient(
                    outputGradient: context[buffers.input], inputGradient: output, accumulates: bias != nil)
            ],
            packed: context.packedWeights.weights(of: source, for: kernel, forGradient: true, pool: context.pool),
            scratch: context.scratch, pool: context.pool)
    }

    func backward(_ context: ExecutionContext) {
        guard let outputGradient = buffers.outputGradient.map({ context[$0] }) else { return }
        if let target = context.gradient(for: source.weight) {
            kernel.addWeightGradient(
                [ConvolutionMap.WeightGradient(input: outputGradient, outputGradient: context[buffers.input])],
                scale: nil, to: target, scratch: context.scratch, pool: context.pool)
        }
        if let target = bias.flatMap({ context.gradient(for: $0) }) {
            Elementwise.addChannelSums(
                of: outputGradient, pixels: shape.inputCount / shape.inputChannels, channels: shape.inputChannels,
                to: target, pool: context.pool)
        }
        guard let inputGradient = buffers.inputGradient else { return }
        let target = context[inputGradient.buffer]
        kernel.forward(
            [
                ConvolutionMap.Forward(
                    input: outputGradient, output: target,
                    epilogue: ConvolutionEpilogue(residual: inputGradient.accumulates ? UnsafePointer(target) : nil))
            ],
            packed: context.packedWeights.weights(of: source, for: kernel, forGradient: false, pool: context.pool),
            scratch: context.scratch, pool: context.pool)
    }
}
