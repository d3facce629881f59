import NeedletailKernels

/// Batch normalisation with the batch's own statistics, in training plans, with the activation behind it.
struct BatchNormalizationStep: Step {
    let normalization: BatchNormalization
    let kernel: BatchNormalizationKernel
    let buffers: UnaryBuffers
    /// Mean and inverse deviation of each channel, kept from forward to backward.
    let statistics: FloatStorage

    var sharedScratchCount: Int { kernel.scratchCount }

    private var mean: UnsafeMutablePointer<Float> { statistics.pointer }
    private var inverseDeviation: UnsafeMutablePointer<Float> { statistics.pointer + kernel.channels }

    func forward(_ context: ExecutionContext) {
        guard let weight = normalization.weight.values.baseAddress, let bias = normalization.bias.values.baseAddress
        else { return }
        kernel.forward(
            input: context[buffers.input], weight: weight, bias: bias, output: context[buffers.output], mean: mean,
            inverseDeviation: inverseDeviation, scratch: context.scratch.shared, pool: context.pool)
        context.update(normalization.mean, normalization.variance) { runningMean, runningVariance in
            kernel.updateRunningStatistics(
                momentum: normalization.momentum, mean: mean, inverseDeviation: inverseDeviation,
                runningMean: runningMean, runningVariance: runningVariance)
        }
    }

    func backward(_ context: ExecutionContext) {
        guard let outputGradient = buffers.outputGradient, let weight = normalization.weight.values.baseAddress,
            let bias = normalization.bias.values.baseAddress
        else { return }
        kernel.backward(
            input: context[buffers.input], weight: weight, bias: bias, mean: mean, inverseDeviation: inverseDeviation,
            outputGradient: context[outputGradient],
            weightGradient: context.gradient(for: normalization.weight),
            biasGradient: context.gradient(for: normalization.bias),
            inputGradient: buffers.inputGradient.map { context[$0.buffer] },
            accumulates: buffers.inputGradient?.accumulates ?? false, scratch: context.scratch.shared,
            pool: context.pool)
    }
}

/// Batch normalisation with running statistics where no convolution precedes it to be folded into.
///
/// It is the channel-wise convolution that it always folds to: weight `scale`, bias `shift`.
struct RunningNormalizationStep: UnaryStep {
    let normalization: BatchNormalization
    let shape: TensorShape
    let buffers: UnaryBuffers

    /// The factor and the offset of each channel: what a convolution before it would take in.
    private func withFactors(_ body: (_ scale: UnsafePointer<Float>, _ shift: UnsafePointer<Float>) -> Void) {
        let channels = shape.channels
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * channels) { numbers in
            guard let scale = numbers.baseAddress else { return }
            let weight = normalization.weight.values, bias = normalization.bias.values
            let mean = normalization.mean.values, variance = normalization.variance.values
            for channel in 0..<channels {
                let factor = weight[channel] / (variance[channel] + normalization.epsilon).squareRoot()
                scale[channel] = factor
                scale[channels + channel] = bias[channel] - mean[channel] * factor
            }
            body(scale, scale + channels)
        }
    }

    /// Pixels of one chunk.
    private var grain: Int { max(32_768 / max(shape.channels, 1), 1) }

    func forward(_ context: ExecutionContext) {
        let source = context[buffers.input], target = context[buffers.output], channels = shape.channels
        withFactors { scale, shift in
            context.pool.run(count: shape.pixels, grain: grain) { pixels, _ in
                for pixel in pixels {
                    let values = source + pixel * channels, results = target + pixel * channels
                    for channel in 0..<channels { results[channel] = values[channel] * scale[channel] + shift[channel] }
                }
            }
        }
    }

    func passGradient(
        _ outputGradient: UnsafeMutablePointer<Float>, to inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool,
        _ context: ExecutionContext
    ) {
        let channels = shape.channels
        withFactors { scale, _ in
            context.pool.run(count: shape.pixels, grain: grain) { pixels, _ in
                for pixel in pixels {
                    let values = outputGradient + pixel * channels, results = inputGradient + pixel * channels
                    if accumulates {
                        for channel in 0..<channels { results[channel] += values[channel] * scale[channel] }
                    } else {
                        for channel in 0..<channels { results[channel] = values[channel] * scale[channel] }
                    }
                }
            }
        }
    }
}

struct GroupNormalizationStep: Step {
    let normalization: GroupNormalization
    let shape: TensorShape
    let buffers: UnaryBuffers
    /// Mean and inverse deviation of each group of each image.
    let statistics: FloatStorage

    private var kernel: GroupNormalizationKernel {
        GroupNormalizationKernel(
            batch: shape.batch, pixels: shape.height * shape.width, channels: shape.channels,
            groups: normalization.groups, epsilon: normalization.epsilon)
    }

    func forward(_ context: ExecutionContext) {
        guard let weight = normalization.weight.values.baseAddress, let bias = normalization.bias.values.baseAddress
        else { return }
        kernel.forward(
            input: context[buffers.input], weight: weight, bias: bias, output: context[buffers.output],
            mean: statistics.pointer,
            inverseDeviation: statistics.pointer + shape.batch * normalization.groups, pool: context.pool)
    }

    func backward(_ context: ExecutionContext) {
        guard let outputGradient = buffers.outputGradient, let weight = normalization.weight.values.baseAddress else {
            return
        }
        kernel.backward(
            input: context[buffers.input], weight: weight, mean: statistics.pointer,
            inverseDeviation: statistics.pointer + shape.batch * normalization.groups,
            outputGradient: context[outputGradient],
            weightGradient: context.gradient(for: normalization.weight),
            biasGradient: context.gradient(for: normalization.bias),
            inputGradient: buffers.inputGradient.map { context[$0.buffer] },
            accumulates: buffers.inputGradient?.accumulates ?? false, pool: context.pool)
    }
}

struct LayerNormalizationStep: Step {
    let normalization: LayerNormalization
    let kernel: LayerNormalizationKernel
    let buffers: UnaryBuffers

    var sharedScratchCount: Int { buffers.outputGradient == nil ? 0 : kernel.sharedScratchCount }

    func forward(_ context: ExecutionContext) {
        guard let weight = normalization.weight.values.baseAddress, let bias = normalization.bias.values.baseAddress
        else { return }
        kernel.forward(
            input: context[buffers.input], weight: weight, bias: bias, output: context[buffers.output],
            pool: context.pool)
    }

    func backward(_ context: ExecutionContext) {
        guard let outputGradient = buffers.outputGradient, let weight = normalization.weight.values.baseAddress else {
            return
        }
        kernel.backward(
            input: context[buffers.input], weight: weight, outputGradient: context[outputGradient],
            weightGradient: context.gradient(for: normalization.weight),
            biasGradient: context.gradient(for: normalization.bias),
            inputGradient: buffers.inputGradient.map { context[$0.buffer] },
            accumulates: buffers.inputGradient?.accumulates ?? false, scratch: context.scratch.shared,
            pool: context.pool)
    }
}

struct L2NormalizationStep: Step {
    let normalization: L2Normalization
    let kernel: L2NormalizationKernel
    let buffers: UnaryBuffers

    var sharedScratchCount: Int { buffers.outputGradient == nil ? 0 : kernel.sharedScratchCount }

    func forward(_ context: ExecutionContext) {
        guard let weight = normalization.weight.values.baseAddress else { return }
        kernel.forward(
            input: context[buffers.input], weight: weight, output: context[buffers.output], pool: context.pool)
    }

    func backward(_ context: ExecutionContext) {
        guard let outputGradient = buffers.outputGradient, let weight = normalization.weight.values.baseAddress else {
            return
        }
        kernel.backward(
            input: context[buffers.input], weight: weight, outputGradient: context[outputGradient],
            weightGradient: context.gradient(for: normalization.weight),
            inputGradient: buffers.inputGradient.map { context[$0.buffer] },
            accumulates: buffers.inputGradient?.accumulates ?? false, scratch: context.scratch.shared,
            pool: context.pool)
    }
}

struct LocalResponseNormalizationStep: UnaryStep {
    let kernel: LocalResponseNormalizationKernel
    let buffers: UnaryBuffers

    var scratchCount: Int { kernel.scratchCount }

    func forward(_ context: ExecutionContext) {
        kernel.forward(
            input: context[buffers.input], output: context[buffers.output], scratch: context.scratch,
            pool: context.pool)
    }

    func passGradient(
        _ outputGradient: UnsafeMutablePointer<Float>, to inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool,
        _ context: ExecutionContext
    ) {
        kernel.backward(
            input: context[buffers.input], outputGradient: outputGradient,
            inputGradient: inputGradient, accumulates: accumulates,
            scratch: context.scratch, pool: context.pool)
    }
}
