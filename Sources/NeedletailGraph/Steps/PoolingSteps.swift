import NeedletailKernels

struct MaxPoolingStep: UnaryStep {
    let shape: PoolingShape
    let buffers: UnaryBuffers

    func forward(_ context: ExecutionContext) {
        MaxPoolingKernel.forward(
            shape: shape, input: context[buffers.input], output: context[buffers.output], pool: context.pool)
    }

    func passGradient(
        _ outputGradient: UnsafeMutablePointer<Float>, to inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool,
        _ context: ExecutionContext
    ) {
        MaxPoolingKernel.backward(
            shape: shape, input: context[buffers.input], output: context[buffers.output],
            outputGradient: outputGradient,
            inputGradient: inputGradient, accumulates: accumulates, pool: context.pool)
    }
}

struct AveragePoolingStep: UnaryStep {
    let shape: PoolingShape
    let countsPadding: Bool
    let buffers: UnaryBuffers

    func forward(_ context: ExecutionContext) {
        AveragePoolingKernel.forward(
            shape: shape, countsPadding: countsPadding, input: context[buffers.input], output: context[buffers.output],
            pool: context.pool)
    }

    func passGradient(
        _ outputGradient: UnsafeMutablePointer<Float>, to inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool,
        _ context: ExecutionContext
    ) {
        AveragePoolingKernel.backward(
            shape: shape, countsPadding: countsPadding, outputGradient: outputGradient,
            inputGradient: inputGradient,
            accumulates: accumulates, pool: context.pool)
    }
}

struct GlobalAveragePoolingStep: UnaryStep {
    /// The shape of the input.
    let shape: TensorShape
    let buffers: UnaryBuffers

    func forward(_ context: ExecutionContext) {
        AveragePoolingKernel.globalForward(
            batch: shape.batch, pixels: shape.height * shape.width, channels: shape.channels,
            input: context[buffers.input], output: context[buffers.output], pool: context.pool)
    }

    func passGradient(
        _ outputGradient: UnsafeMutablePointer<Float>, to inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool,
        _ context: ExecutionContext
    ) {
        AveragePoolingKernel.globalBackward(
            batch: shape.batch, pixels: shape.height * shape.width, channels: shape.channels,
            outputGradient: outputGradient, inputGradient: inputGradient,
            accumulates: accumulates, pool: context.pool)
    }
}
