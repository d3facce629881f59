import NeedletailKernels

/// The buffers of a step that makes one tensor of another.
struct UnaryBuffers {
    let input: BufferID
    let output: BufferID
    let outputGradient: BufferID?
    let inputGradient: GradientTarget?

    init(_ site: LoweringSite) {
        input = site.inputs[0].buffer
        output = site.outputs[0].buffer
        outputGradient = site.outputs[0].gradient
        inputGradient = site.inputs[0].gradient
    }
}

/// A step that makes one tensor of another, and in the backward pass the gradient of the one of that of the other.
protocol UnaryStep: Step {
    var buffers: UnaryBuffers { get }

    /// - Parameter accumulates: Whether the gradient of the input is added to what stands there.
    func passGradient(
        _ outputGradient: UnsafeMutablePointer<Float>, to inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool,
        _ context: ExecutionContext)
}

extension UnaryStep {
    func backward(_ context: ExecutionContext) {
        guard let outputGradient = buffers.outputGradient, let inputGradient = buffers.inputGradient else { return }
        passGradient(
            context[outputGradient], to: context[inputGradient.buffer], accumulates: inputGradient.accumulates, context)
    }
}

/// A step whose gradient needs none of the values: those of the output are sums of those of the input.
struct LinearMapStep<Kernel: LinearMapKernel>: UnaryStep {
    let kernel: Kernel
    let buffers: UnaryBuffers

    func forward(_ context: ExecutionContext) {
        kernel.forward(input: context[buffers.input], output: context[buffers.output], pool: context.pool)
    }

    func passGradient(
        _ outputGradient: UnsafeMutablePointer<Float>, to inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool,
        _ context: ExecutionContext
    ) {
        kernel.backward(
            outputGradient: outputGradient, inputGradient: inputGradient, accumulates: accumulates, pool: context.pool)
    }
}
