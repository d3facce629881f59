import NeedletailKernels

/// A convolution with everything fused behind it: folded normalisation, bias, residual and ReLU.
struct ConvolutionStep: Step {
    let kernel: any ConvolutionKernel
    let source: PackedWeights.Source
    let appliesReLU: Bool
    let input: BufferID
    let residual: BufferID?
    let output: BufferID
    let outputGradient: BufferID?
    let inputGradient: GradientTarget?
    let residualGradient: GradientTarget?

    var scratchCount: Int { kernel.scratchCount }
    /// Only the weight gradient needs it.
    var sharedScratchCount: Int { outputGradient == nil ? 0 : kernel.sharedScratchCount }

    var label: String {
        let shape = kernel.shape
        var text = "\(shape.kernelHeight)x\(shape.kernelWidth)"
        if shape.stride > 1 { text += "/\(shape.stride)" }
        text += " \(shape.inputChannels)->\(shape.outputChannels) on \(shape.outputHeight)x\(shape.outputWidth)"
        if shape.groups > 1 { text += ", \(shape.groups) groups" }
        return "\(text), \(kernel.algorithmName)"
    }
    var multiplyAdds: Int { kernel.shape.multiplyAdds }

    func forward(_ context: ExecutionContext) {
        let packed = context.packedWeights.weights(of: source, for: kernel, forGradient: false, pool: context.pool)
        let epilogue = ConvolutionEpilogue(
            bias: context.packedWeights.bias(of: source), residual: residual.map { UnsafePointer(context[$0]) },
            appliesReLU: appliesReLU)
        kernel.forward(
            input: context[input], packed: packed, epilogue: epilogue, output: context[output],
            scratch: context.scratch, pool: context.pool)
    }

    func backward(_ context: ExecutionContext) {
        guard let outputGradient else { return }
        let gradient = context[outputGradient]
        let shape = kernel.shape, pool = context.pool
        if appliesReLU {
            Elementwise.maskByReLU(gradient, output: context[output], count: shape.outputCount, pool: pool)
        }
        if let residualGradient {
            Elementwise.pass(
                gradient, count: shape.outputCount, to: context[residualGradient.buffer],
                accumulates: residualGradient.accumulates, pool: pool)
        }
        let scale = context.packedWeights.scale(of: source)
        if let bias = source.bias, let target = context.gradient(for: bias) {
            Elementwise.addChannelSums(
                of: gradient, pixels: shape.outputCount / shape.outputChannels, channels: shape.outputChannels,
                to: target, pool: pool)
        }
        if let target = context.gradient(for: source.weight) {
            kernel.addWeightGradient(
                input: context[input], outputGradient: gradient, scale: scale, weightGradient: target,
                scratch: context.scratch, pool: pool)
        }
        if let inputGradient {
            let packed = context.packedWeights.weights(of: source, for: kernel, forGradient: true, pool: pool)
            kernel.inputGradient(
                outputGradient: gradient, packed: packed, inputGradient: context[inputGradient.buffer],
                accumulates: inputGradient.accumulates, scratch: context.scratch, pool: pool)
        }
    }
}
