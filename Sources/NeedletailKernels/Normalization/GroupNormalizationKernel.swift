/// Group normalisation: mean and variance over the pixels and channels of one group of one image.
///
/// Independent of the batch, so training and inference compute the same. Wu & He, "Group Normalization", 2018.
public struct GroupNormalizationKernel: Hashable, Sendable {
    public var batch: Int
    public var pixels: Int
    public var channels: Int
    public var groups: Int
    public var epsilon: Float

    /// - Precondition: `groups` divides `channels`.
    public init(batch: Int, pixels: Int, channels: Int, groups: Int, epsilon: Float) {
        precondition(channels % groups == 0, "\(groups) groups do not divide \(channels) channels")
        self.batch = batch
        self.pixels = pixels
        self.channels = channels
        self.groups = groups
        self.epsilon = epsilon
    }

    private var channelsPerGroup: Int { channels / groups }

    /// Normalises; `mean` and `inverseDeviation` receive `[batch, groups]` for the backward pass.
    public func forward(
        input: UnsafePointer<Float>, weight: UnsafePointer<Float>, bias: UnsafePointer<Float>,
        output: UnsafeMutablePointer<Float>,
        mean: UnsafeMutablePointer<Float>, inverseDeviation: UnsafeMutablePointer<Float>, pool: ThreadPool
    ) {
        pool.run(chunks: batch * groups) { chunk, _ in
            let offset = chunk / groups * pixels * channels
            let block = chunk % groups * channelsPerGroup..<(chunk % groups + 1) * channelsPerGroup
            let count = Double(pixels * channelsPerGroup)
            var sum = 0.0
            for pixel in 0..<pixels {
                for channel in block { sum += Double(input[offset + pixel * channels + channel]) }
            }
            let average = sum / count
            var squares = 0.0
            for pixel in 0..<pixels {
                for channel in block {
                    let difference = Double(input[offset + pixel * channels + channel]) - average
                    squares += difference * difference
                }
            }
            let inverse = Float(1 / (squares / count + Double(epsilon)).squareRoot())
            mean[chunk] = Float(average)
            inverseDeviation[chunk] = inverse
            for pixel in 0..<pixels {
                for channel in block {
                    let position = offset + pixel * channels + channel
                    output[position] = (input[position] - mean[chunk]) * inverse * weight[channel] + bias[channel]
                }
            }
        }
    }

    /// Gradients of weight and bias (added) and of the input (added when `accumulates`; skipped when nil).
    public func backward(
        input: UnsafePointer<Float>, weight: UnsafePointer<Float>,
        mean: UnsafePointer<Float>, inverseDeviation: UnsafePointer<Float>,
        outputGradient: UnsafePointer<Float>,
        weightGradient: UnsafeMutablePointer<Float>?, biasGradient: UnsafeMutablePointer<Float>?,
        inputGradient: UnsafeMutablePointer<Float>?, accumulates: Bool, pool: ThreadPool
    ) {
        pool.run(chunks: groups) { group, _ in
            let block = group * channelsPerGroup..<(group + 1) * channelsPerGroup
            for image in 0..<batch {
                let offset = image * pixels * channels
                let average = mean[image * groups + group], inverse = inverseDeviation[image * groups + group]
                var sum = 0.0, productSum = 0.0
                for channel in block {
                    var channelSum = 0.0, channelProductSum = 0.0
                    for pixel in 0..<pixels {
                        let position = offset + pixel * channels + channel
                        let gradient = outputGradient[position]
                        channelSum += Double(gradient)
                        channelProductSum += Double(gradient * (input[position] - average) * inverse)
                    }
                    biasGradient?[channel] += Float(channelSum)
                    weightGradient?[channel] += Float(channelProductSum)
                    sum += channelSum * Double(weight[channel])
                    productSum += channelProductSum * Double(weight[channel])
                }
                guard let inputGradient else { continue }
                let count = Double(pixels * channelsPerGroup)
                let meanGradient = Float(sum / count), meanProduct = Float(productSum / count)
                for pixel in 0..<pixels {
                    for channel in block {
                        let position = offset + pixel * channels + channel
                        let normalized = (input[position] - average) * inverse
                        let gradient =
                            inverse
                            * (outputGradient[position] * weight[channel] - meanGradient - normalized * meanProduct)
                        inputGradient[position] = accumulates ? inputGradient[position] + gradient : gradient
                    }
                }
            }
        }
    }
}
