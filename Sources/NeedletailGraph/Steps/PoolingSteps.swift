import NeedletailKernels

struct MaxPoolingStep: Step {
    let shape: PoolingShape
    let buffers: UnaryBuffers

    func forward(_ context: ExecutionContext) {
        MaxPoolingKernel.forward(
            shape: shape, input: context[buffers.input], output: context[buffers.output], pool: context.pool)
    }

    func backward(_ context: ExecutionContext) {
        guard let outputGradient = buffers.outputGradient, let inputGradient = buffers.inputGradient else { return }
        MaxPoolingKernel.backward(
            shape: shape, input: context[buffers.input], output: context[buffers.output],
            outputGradient: context[outputGradient],
            inputGradient: context[inputGradient.buffer], accumulates: inputGradient.accumulates, pool: context.pool)
    }
}

struct AveragePoolingStep: Step {
    let shape: PoolingShape
    let countsPadding: Bool
    let buffers: UnaryBuffers

    func forward(_ context: ExecutionContext) {
        AveragePoolingKernel.forward(
            shape: shape, countsPadding: countsPadding, input: context[buffers.input], output: context[buffers.output],
            pool: context.pool)
    }

    func backward(_ context: ExecutionContext) {
        guard let outputGradient = buffers.outputGradient, let inputGradient = buffers.inputGradient else { return }
        AveragePoolingKernel.backward(
            shape: shape, countsPadding: countsPadding, outputGradient: context[outputGradient],
            inputGradient: context[inputGradient.buffer],
            accumulates: inputGradient.accumulates, pool: context.pool)
    }
}

struct GlobalAveragePoolingStep: Step {
    /// The shape of the input.
    let shape: TensorShape
    let buffers: UnaryBuffers

    func forward(_ context: ExecutionContext) {
        AveragePoolingKernel.globalForward(
            batch: shape.batch, pixels: shape.height * shape.width, channels: shape.channels,
            input: context[buffers.input], output: context[buffers.output], pool: context.pool)
    }

    func backward(_ context: ExecutionContext) {
        guard let outputGradient = buffers.outputGradient, let inputGradient = buffers.inputGradient else { return }
        AveragePoolingKernel.globalBackward(
            batch: shape.batch, pixels: shape.height * shape.width, channels: shape.channels,
            outputGradient: context[outputGradient], inputGradient: context[inputGradient.buffer],
            accumulates: inputGradient.accumulates, pool: context.pool)
    }
}

struct AdaptiveAveragePoolingStep: Step {
    let kernel: AdaptiveAveragePoolingKernel
    let buffers: UnaryBuffers

    func forward(_ context: ExecutionContext) {
        kernel.forward(input: context[buffers.input], output: context[buffers.output], pool: context.pool)
    }

    func backward(_ context: ExecutionContext) {
        guard let outputGradient = buffers.outputGradient, let inputGradient = buffers.inputGradient else { return }
        kernel.backward(
            outputGradient: context[outputGradient], inputGradient: context[inputGradient.buffer],
            accumulates: inputGradient.accumulates, pool: context.pool)
    }
}
