import NeedletailPlatform

/// Local response normalisation of `[pixels, channels]`: `x / s^beta` with `s = k + alpha / size · Σ x²` over the `size`
/// channels around each.
public struct LocalResponseNormalizationKernel: Sendable {
    public var pixels: Int
    public var channels: Int
    public var size: Int
    public var alpha: Float
    public var beta: Float
    public var k: Float

    public init(pixels: Int, channels: Int, size: Int, alpha: Float, beta: Float, k: Float) {
        self.pixels = pixels
        self.channels = channels
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k
    }

    /// Floats of scratch that one worker needs.
    public var scratchCount: Int { 2 * channels }

    private var grain: Int { max(2048 / max(channels, 1), 1) }

    public func forward(
        input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, scratch: Scratch, pool: ThreadPool
    ) {
        pool.run(count: pixels, grain: grain) { range, worker in
            let powers = scratch[worker]
            for pixel in range {
                let source = input + pixel * channels, target = output + pixel * channels
                denominators(of: source, into: powers)
                raise(powers)
                for channel in 0..<channels { target[channel] = source[channel] * powers[channel] }
            }
        }
    }

    /// `dxᵢ = dyᵢ · sᵢ^-beta - 2 · alpha · beta / size · xᵢ · Σ dyⱼ · xⱼ · sⱼ^(-beta - 1)` over those whose sums hold `i`.
    public func backward(
        input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
        accumulates: Bool, scratch: Scratch, pool: ThreadPool
    ) {
        let factor = 2 * alpha * beta / Float(size)
        pool.run(count: pixels, grain: grain) { range, worker in
            let powers = scratch[worker], shares = scratch[worker] + channels
            for pixel in range {
                let source = input + pixel * channels, gradient = outputGradient + pixel * channels
                let target = inputGradient + pixel * channels
                denominators(of: source, into: shares)
                powers.update(from: shares, count: channels)
                raise(powers)
                for channel in 0..<channels {
                    shares[channel] = gradient[channel] * source[channel] * powers[channel] / shares[channel]
                }
                for channel in 0..<channels {
                    // The channels whose sums hold this one lie the other way around it.
                    var sum: Float = 0
                    for other in max(channel - (size - 1) / 2, 0)...min(channel + size / 2, channels - 1) {
                        sum += shares[other]
                    }
                    let value = gradient[channel] * powers[channel] - factor * source[channel] * sum
                    target[channel] = accumulates ? target[channel] + value : value
                }
            }
        }
    }

    private func denominators(of source: UnsafePointer<Float>, into sums: UnsafeMutablePointer<Float>) {
        let share = alpha / Float(size)
        sums.update(repeating: 0, count: channels)
        // One neighbour of all channels at a time, which vectors can do.
        for offset in -(size / 2)...(size - 1) / 2 {
            let first = max(-offset, 0), end = min(channels - offset, channels)
            guard first < end else { continue }
            for channel in first..<end {
                sums[channel] += source[channel + offset] * source[channel + offset]
            }
        }
        for channel in 0..<channels { sums[channel] = k + share * sums[channel] }
    }

    /// Each number to the power of minus beta.
    private func raise(_ values: UnsafeMutablePointer<Float>) {
        if beta == 0.75 {
            // The usual one, without a logarithm.
            for channel in 0..<channels {
                let root = values[channel].squareRoot()
                values[channel] = 1 / (root * root.squareRoot())
            }
        } else {
            for channel in 0..<channels { values[channel] = pow(values[channel], -beta) }
        }
    }
}
