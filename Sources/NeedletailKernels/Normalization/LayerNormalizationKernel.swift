/// Layer normalisation of `[rows, channels]`: each row by its mean and variance. Ba et al., "Layer Normalization", 2016.
public struct LayerNormalizationKernel: Hashable, Sendable {
    public var rows: Int
    public var channels: Int
    public var epsilon: Float

    public init(rows: Int, channels: Int, epsilon: Float) {
        self.rows = rows
        self.channels = channels
        self.epsilon = epsilon
    }

    /// Rows whose share of the weights' gradient is summed by itself.
    private var rowsPerBlock: Int { 256 }
    private var blocks: Int { (rows + rowsPerBlock - 1) / rowsPerBlock }
    /// Floats of scratch that the workers share in the backward pass.
    public var sharedScratchCount: Int { 2 * channels * blocks }

    public func forward(
        input: UnsafePointer<Float>, weight: UnsafePointer<Float>, bias: UnsafePointer<Float>,
        output: UnsafeMutablePointer<Float>, pool: ThreadPool
    ) {
        pool.run(count: rows, grain: max(4096 / max(channels, 1), 1)) { range, _ in
            for row in range {
                let source = input + row * channels, target = output + row * channels
                let (mean, inverse) = statistics(source)
                for channel in 0..<channels {
                    target[channel] = (source[channel] - mean) * inverse * weight[channel] + bias[channel]
                }
            }
        }
    }

    /// Gradients of weight and bias (added) and of the input (added when `accumulates`; skipped when nil).
    public func backward(
        input: UnsafePointer<Float>, weight: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
        weightGradient: UnsafeMutablePointer<Float>?, biasGradient: UnsafeMutablePointer<Float>?,
        inputGradient: UnsafeMutablePointer<Float>?, accumulates: Bool, scratch: UnsafeMutablePointer<Float>,
        pool: ThreadPool
    ) {
        pool.run(chunks: blocks) { block, _ in
            let weightSums = scratch + 2 * block * channels, biasSums = weightSums + channels
            weightSums.update(repeating: 0, count: 2 * channels)
            for row in block * rowsPerBlock..<min((block + 1) * rowsPerBlock, rows) {
                let source = input + row * channels, gradient = outputGradient + row * channels
                let (mean, inverse) = statistics(source)
                var sum = 0.0, productSum = 0.0
                for channel in 0..<channels {
                    let normalized = (source[channel] - mean) * inverse
                    weightSums[channel] += gradient[channel] * normalized
                    biasSums[channel] += gradient[channel]
                    let weighted = gradient[channel] * weight[channel]
                    sum += Double(weighted)
                    productSum += Double(weighted * normalized)
                }
                guard let target = inputGradient.map({ $0 + row * channels }) else { continue }
                let meanGradient = Float(sum / Double(channels)), meanProduct = Float(productSum / Double(channels))
                for channel in 0..<channels {
                    let normalized = (source[channel] - mean) * inverse
                    let value =
                        inverse * (gradient[channel] * weight[channel] - meanGradient - normalized * meanProduct)
                    target[channel] = accumulates ? target[channel] + value : value
                }
            }
        }
        // In the order of the blocks, whoever has summed them.
        for block in 0..<blocks {
            let sums = scratch + 2 * block * channels
            for channel in 0..<channels {
                weightGradient?[channel] += sums[channel]
                biasGradient?[channel] += sums[channels + channel]
            }
        }
    }

    private func statistics(_ row: UnsafePointer<Float>) -> (mean: Float, inverseDeviation: Float) {
        var sum = 0.0
        for channel in 0..<channels { sum += Double(row[channel]) }
        let mean = sum / Double(channels)
        var squares = 0.0
        for channel in 0..<channels {
            let difference = Double(row[channel]) - mean
            squares += difference * difference
        }
        return (Float(mean), Float(1 / (squares / Double(channels) + Double(epsilon)).squareRoot()))
    }
}
