import NeedletailKernels

/// An activation function that no convolution before it could take in.
struct ActivationStep: Step {
    let function: Activation
    let count: Int
    let buffers: UnaryBuffers

    var label: String { function.name }

    func forward(_ context: ExecutionContext) {
        Elementwise.apply(
            function, to: context[buffers.input], count: count, output: context[buffers.output], pool: context.pool)
    }

    func backward(_ context: ExecutionContext) {
        guard let outputGradient = buffers.outputGradient, let inputGradient = buffers.inputGradient else { return }
        Elementwise.multiply(
            context[outputGradient], byDerivativeOf: function,
            at: context[function.derivativeFollowsFromOutput ? buffers.output : buffers.input], count: count,
            pool: context.pool)
        Elementwise.pass(
            context[outputGradient], count: count, to: context[inputGradient.buffer],
            accumulates: inputGradient.accumulates, pool: context.pool)
    }
}

/// A sum that no convolution before it could take in as its residual.
struct AddStep: Step {
    let count: Int
    let inputs: (BufferID, BufferID)
    let output: BufferID
    let outputGradient: BufferID?
    let inputGradients: [GradientTarget]

    func forward(_ context: ExecutionContext) {
        Elementwise.add(
            context[inputs.0], context[inputs.1], count: count, output: context[output], pool: context.pool)
    }

    func backward(_ context: ExecutionContext) {
        guard let outputGradient else { return }
        for target in inputGradients {
            Elementwise.pass(
                context[outputGradient], count: count, to: context[target.buffer], accumulates: target.accumulates,
                pool: context.pool)
        }
    }
}

struct UpsamplingStep: Step {
    let shape: NearestUpsamplingKernel.Shape
    let buffers: UnaryBuffers

    func forward(_ context: ExecutionContext) {
        NearestUpsamplingKernel.forward(
            shape: shape, input: context[buffers.input], output: context[buffers.output], pool: context.pool)
    }

    func backward(_ context: ExecutionContext) {
        guard let outputGradient = buffers.outputGradient, let inputGradient = buffers.inputGradient else { return }
        NearestUpsamplingKernel.backward(
            shape: shape, outputGradient: context[outputGradient], inputGradient: context[inputGradient.buffer],
            accumulates: inputGradient.accumulates, pool: context.pool)
    }
}
