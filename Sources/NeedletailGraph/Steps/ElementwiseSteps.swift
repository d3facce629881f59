import NeedletailKernels

/// An activation function that no convolution before it could take in.
struct ActivationStep: UnaryStep {
    let function: Activation
    let count: Int
    let buffers: UnaryBuffers

    var label: String { function.name }

    func forward(_ context: ExecutionContext) {
        Elementwise.apply(
            function, to: context[buffers.input], count: count, output: context[buffers.output], pool: context.pool)
    }

    func passGradient(
        _ outputGradient: UnsafeMutablePointer<Float>, to inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool,
        _ context: ExecutionContext
    ) {
        Elementwise.multiply(
            outputGradient, byDerivativeOf: function,
            at: context[function.derivativeFollowsFromOutput ? buffers.output : buffers.input], count: count,
            pool: context.pool)
        Elementwise.pass(
            outputGradient, count: count, to: inputGradient,
            accumulates: accumulates, pool: context.pool)
    }
}

/// A sum that no convolution before it could take in as its residual.
struct AddStep: Step {
    let count: Int
    let inputs: (BufferID, BufferID)
    let output: BufferID
    let part: MapPart?
    let outputGradient: BufferID?
    let inputGradients: [GradientTarget]

    func forward(_ context: ExecutionContext) {
        if let part {
            Elementwise.add(
                context[inputs.0], context[inputs.1], rows: count / part.count, columns: part.count,
                output: context[output] + part.offset, stride: part.stride, pool: context.pool)
        } else {
            Elementwise.add(
                context[inputs.0], context[inputs.1], count: count, output: context[output], pool: context.pool)
        }
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

struct MultiplyStep: Step {
    let kernel: ProductKernel
    let map: (buffer: BufferID, gradient: GradientTarget?)
    /// Of the same shape, or a number for each channel of each image.
    let factor: (buffer: BufferID, gradient: GradientTarget?)
    let output: BufferID
    let outputGradient: BufferID?

    func forward(_ context: ExecutionContext) {
        kernel.multiply(
            map: context[map.buffer], factor: context[factor.buffer], output: context[output], accumulates: false,
            pool: context.pool)
    }

    func backward(_ context: ExecutionContext) {
        guard let outputGradient else { return }
        if let target = map.gradient {
            kernel.multiply(
                map: context[outputGradient], factor: context[factor.buffer], output: context[target.buffer],
                accumulates: target.accumulates, pool: context.pool)
        }
        if let target = factor.gradient {
            kernel.factorGradient(
                map: context[map.buffer], outputGradient: context[outputGradient],
                factorGradient: context[target.buffer], accumulates: target.accumulates, pool: context.pool)
        }
    }
}

struct UpsamplingStep: UnaryStep {
    let shape: NearestUpsamplingKernel.Shape
    let buffers: UnaryBuffers

    func forward(_ context: ExecutionContext) {
        NearestUpsamplingKernel.forward(
            shape: shape, input: context[buffers.input], output: context[buffers.output], pool: context.pool)
    }

    func passGradient(
        _ outputGradient: UnsafeMutablePointer<Float>, to inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool,
        _ context: ExecutionContext
    ) {
        NearestUpsamplingKernel.backward(
            shape: shape, outputGradient: outputGradient, inputGradient: inputGradient,
            accumulates: accumulates, pool: context.pool)
    }
}

struct SoftmaxStep: UnaryStep {
    let kernel: SoftmaxKernel
    let buffers: UnaryBuffers

    func forward(_ context: ExecutionContext) {
        kernel.forward(input: context[buffers.input], output: context[buffers.output], pool: context.pool)
    }

    func passGradient(
        _ outputGradient: UnsafeMutablePointer<Float>, to inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool,
        _ context: ExecutionContext
    ) {
        kernel.backward(
            output: context[buffers.output], outputGradient: outputGradient,
            inputGradient: inputGradient, accumulates: accumulates, pool: context.pool)
    }
}
