import CKernels

/// Batch normalisation with the statistics of the batch, for training, with the activation behind it.
///
/// `y = activation(weight · (x - mean) / √(variance + ε) + bias)`, where mean and (biased) variance are taken over all
/// pixels of a channel. Ioffe & Szegedy, "Batch Normalization", 2015. With running statistics the operation is linear and
/// is folded into the convolution before it instead.
///
/// Maps are gone through in chunks of pixels, and what the chunks sum up is added in their order, so that the bits do not
/// depend on threads.
public struct BatchNormalizationKernel: Sendable {
    public var pixels: Int
    public var channels: Int
    public var epsilon: Float
    /// One whose derivative follows from what it was given; nil for none.
    public var activation: Activation?

    public init(pixels: Int, channels: Int, epsilon: Float, activation: Activation? = nil) {
        precondition(activation?.derivativeFollowsFromInput ?? true, "the derivative does not follow from the input")
        self.pixels = pixels
        self.channels = channels
        self.epsilon = epsilon
        self.activation = activation
    }

    /// Floats that a pass needs for itself.
    public var scratchCount: Int { 2 * channels * chunkCount + 3 * channels }

    private var rowsPerChunk: Int { needletail_normalization_rows(channels) }
    private var chunkCount: Int { (pixels + rowsPerChunk - 1) / rowsPerChunk }
    private var code: needletail_activation { activation?.code ?? needletail_identity }
    private var slope: Float { activation?.slope ?? 0 }

    /// Normalises, and saves each channel's mean and `1 / √(variance + ε)` for the backward pass.
    public func forward(
        input: UnsafePointer<Float>, weight: UnsafePointer<Float>, bias: UnsafePointer<Float>,
        output: UnsafeMutablePointer<Float>, mean: UnsafeMutablePointer<Float>,
        inverseDeviation: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>, pool: ThreadPool
    ) {
        let chunks = chunkCount, scale = scratch + 2 * channels * chunks
        pool.run(count: chunks, grain: 1) { range, _ in
            needletail_normalization_statistics(
                nil, pixels, channels, input, scratch, range.lowerBound, range.upperBound)
        }
        for channel in 0..<channels {
            let (average, variance) = joined(scratch + channel, chunks: chunks)
            mean[channel] = Float(average)
            inverseDeviation[channel] = Float(1 / (variance + Double(epsilon)).squareRoot())
            scale[channel] = weight[channel] * inverseDeviation[channel]
        }
        var normalization = needletail_normalization(mean: mean, scale: scale, bias: bias)
        withUnsafePointer(to: &normalization) { normalization in
            inReverse(chunks, pool) { chunk in
                needletail_normalize(
                    nil, code, slope, pixels, channels, normalization, input, output, chunk, chunk + 1)
            }
        }
    }

    /// Goes through a map for the second time, from its end: what was read last is still in a cache.
    private func inReverse(_ chunks: Int, _ pool: ThreadPool, _ body: (_ chunk: Int) -> Void) {
        pool.run(chunks: chunks) { chunk, _ in body(chunks - 1 - chunk) }
    }

    /// Mean and variance of a channel from those of its chunks. Chan, Golub & LeVeque, "Updating Formulae and a Pairwise
    /// Algorithm for Computing Sample Variances", 1979.
    private func joined(_ statistics: UnsafePointer<Float>, chunks: Int) -> (mean: Double, variance: Double) {
        var count = 0.0, mean = 0.0, squares = 0.0
        for chunk in 0..<chunks {
            let own = Double(min(rowsPerChunk, pixels - chunk * rowsPerChunk))
            let difference = Double(statistics[chunk * 2 * channels]) - mean
            squares +=
                Double(statistics[chunk * 2 * channels + channels]) + difference * difference * count * own
                / (count + own)
            count += own
            mean += difference * own / count
        }
        return (mean, squares / max(count, 1))
    }

    /// Moves the running statistics towards those of the batch; the variance without bias, as PyTorch keeps it.
    public func updateRunningStatistics(
        momentum: Float, mean: UnsafePointer<Float>, inverseDeviation: UnsafePointer<Float>,
        runningMean: UnsafeMutablePointer<Float>, runningVariance: UnsafeMutablePointer<Float>
    ) {
        let correction = pixels > 1 ? Float(pixels) / Float(pixels - 1) : 1
        for channel in 0..<channels {
            let variance = 1 / (inverseDeviation[channel] * inverseDeviation[channel]) - epsilon
            runningMean[channel] += momentum * (mean[channel] - runningMean[channel])
            runningVariance[channel] += momentum * (variance * correction - runningVariance[channel])
        }
    }

    /// Gradients of weight and bias (added) and of the input (added when `accumulates`; skipped when nil).
    ///
    /// - Parameter outputGradient: Is multiplied by the derivative of the activation.
    public func backward(
        input: UnsafePointer<Float>, weight: UnsafePointer<Float>, bias: UnsafePointer<Float>,
        mean: UnsafePointer<Float>, inverseDeviation: UnsafePointer<Float>,
        outputGradient: UnsafeMutablePointer<Float>, weightGradient: UnsafeMutablePointer<Float>?,
        biasGradient: UnsafeMutablePointer<Float>?, inputGradient: UnsafeMutablePointer<Float>?, accumulates: Bool,
        scratch: UnsafeMutablePointer<Float>, pool: ThreadPool
    ) {
        let chunks = chunkCount, scale = scratch + 2 * channels * chunks
        let product = scale + channels, offset = product + channels
        for channel in 0..<channels { scale[channel] = weight[channel] * inverseDeviation[channel] }
        var normalization = needletail_normalization(mean: mean, scale: scale, bias: bias)
        withUnsafePointer(to: &normalization) { normalization in
            pool.run(count: chunks, grain: 1) { range, _ in
                needletail_normalization_gradient_sums(
                    nil, code, slope, pixels, channels, normalization, input, outputGradient, scratch,
                    range.lowerBound, range.upperBound)
            }
            for channel in 0..<channels {
                var sum = 0.0, weighted = 0.0
                for chunk in 0..<chunks {
                    sum += Double(scratch[chunk * 2 * channels + channel])
                    weighted += Double(scratch[(chunk * 2 + 1) * channels + channel])
                }
                let inverse = Double(inverseDeviation[channel])
                biasGradient?[channel] += Float(sum)
                weightGradient?[channel] += Float(weighted * inverse)
                let factor = Double(scale[channel]) / Double(pixels)
                product[channel] = Float(-factor * weighted * inverse * inverse)
                offset[channel] = Float(-factor * sum)
            }
            guard let inputGradient else { return }
            inReverse(chunks, pool) { chunk in
                needletail_normalization_gradient(
                    nil, pixels, channels, normalization, input, outputGradient, product, offset,
                    accumulates ? 1 : 0, inputGradient, chunk, chunk + 1)
            }
        }
    }
}
