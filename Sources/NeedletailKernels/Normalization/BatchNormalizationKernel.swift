/// Batch normalisation with the statistics of the batch, for training.
///
/// `y = weight · (x - mean) / √(variance + ε) + bias`, where mean and (biased) variance are taken over all pixels
/// of a channel. Ioffe & Szegedy, "Batch Normalization", 2015. With running statistics the operation is linear and
/// is folded into the convolution before it instead.
public enum BatchNormalizationKernel {
    /// Normalises, and saves each channel's mean and `1 / √(variance + ε)` for the backward pass.
    public static func forward(
        pixels: Int, channels: Int, epsilon: Float,
        input: UnsafePointer<Float>, weight: UnsafePointer<Float>, bias: UnsafePointer<Float>,
        output: UnsafeMutablePointer<Float>,
        mean: UnsafeMutablePointer<Float>, inverseDeviation: UnsafeMutablePointer<Float>, pool: ThreadPool
    ) {
        pool.run(count: channels, grain: 16) { block, _ in
            withUnsafeTemporaryAllocation(of: Double.self, capacity: block.count) { sums in
                sums.initialize(repeating: 0)
                for pixel in 0..<pixels {
                    let row = input + pixel * channels + block.lowerBound
                    for index in 0..<block.count { sums[index] += Double(row[index]) }
                }
                for index in 0..<block.count { mean[block.lowerBound + index] = Float(sums[index] / Double(pixels)) }
                sums.update(repeating: 0)
                for pixel in 0..<pixels {
                    let row = input + pixel * channels + block.lowerBound
                    for index in 0..<block.count {
                        let difference = Double(row[index] - mean[block.lowerBound + index])
                        sums[index] += difference * difference
                    }
                }
                for index in 0..<block.count {
                    let variance = sums[index] / Double(pixels)
                    inverseDeviation[block.lowerBound + index] = Float(1 / (variance + Double(epsilon)).squareRoot())
                }
            }
            for pixel in 0..<pixels {
                for channel in block {
                    let normalized = (input[pixel * channels + channel] - mean[channel]) * inverseDeviation[channel]
                    output[pixel * channels + channel] = normalized * weight[channel] + bias[channel]
                }
            }
        }
    }

    /// Moves the running statistics towards those of the batch; the variance without bias, as PyTorch keeps it.
    public static func updateRunningStatistics(
        pixels: Int, channels: Int, epsilon: Float, momentum: Float,
        mean: UnsafePointer<Float>, inverseDeviation: UnsafePointer<Float>,
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
    public static func backward(
        pixels: Int, channels: Int,
        input: UnsafePointer<Float>, weight: UnsafePointer<Float>,
        mean: UnsafePointer<Float>, inverseDeviation: UnsafePointer<Float>,
        outputGradient: UnsafePointer<Float>,
        weightGradient: UnsafeMutablePointer<Float>?, biasGradient: UnsafeMutablePointer<Float>?,
        inputGradient: UnsafeMutablePointer<Float>?, accumulates: Bool, pool: ThreadPool
    ) {
        pool.run(count: channels, grain: 16) { block, _ in
            withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * block.count) { sums in
                sums.initialize(repeating: 0)
                for pixel in 0..<pixels {
                    for (index, channel) in block.enumerated() {
                        let gradient = outputGradient[pixel * channels + channel]
                        let normalized = (input[pixel * channels + channel] - mean[channel]) * inverseDeviation[channel]
                        sums[2 * index] += Double(gradient)
                        sums[2 * index + 1] += Double(gradient * normalized)
                    }
                }
                for (index, channel) in block.enumerated() {
                    biasGradient?[channel] += Float(sums[2 * index])
                    weightGradient?[channel] += Float(sums[2 * index + 1])
                    guard let inputGradient else { continue }
                    let factor = weight[channel] * inverseDeviation[channel]
                    let meanGradient = Float(sums[2 * index] / Double(pixels))
                    let meanProduct = Float(sums[2 * index + 1] / Double(pixels))
                    for pixel in 0..<pixels {
                        let position = pixel * channels + channel
                        let normalized = (input[position] - mean[channel]) * inverseDeviation[channel]
                        let gradient = factor * (outputGradient[position] - meanGradient - normalized * meanProduct)
                        inputGradient[position] = accumulates ? inputGradient[position] + gradient : gradient
                    }
                }
            }
        }
    }
}
