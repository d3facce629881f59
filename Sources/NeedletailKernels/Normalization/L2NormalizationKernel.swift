/// L2 normalisation of `[rows, channels]`: each row divided by its Euclidean length, and each channel multiplied by a
/// weight. Liu et al., "ParseNet", 2015; numbers as torch's `normalize`.
public struct L2NormalizationKernel: Hashable, Sendable {
    public var rows: Int
    public var channels: Int
    /// The least length that is divided by.
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
    public var sharedScratchCount: Int { channels * blocks }

    public func forward(
        input: UnsafePointer<Float>, weight: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, pool: ThreadPool
    ) {
        pool.run(count: rows, grain: max(16_384 / max(channels, 1), 1)) { range, _ in
            for row in range {
                let source = input + row * channels, target = output + row * channels
                let inverse = 1 / max(length(source), epsilon)
                for channel in 0..<channels { target[channel] = source[channel] * inverse * weight[channel] }
            }
        }
    }

    /// Gradients of the weight (added) and of the input (added when `accumulates`; skipped when nil).
    ///
    /// With `u = x / |x|` and `g` the gradient times the weight, that of the input is `(g - u (u · g)) / |x|`.
    public func backward(
        input: UnsafePointer<Float>, weight: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
        weightGradient: UnsafeMutablePointer<Float>?, inputGradient: UnsafeMutablePointer<Float>?, accumulates: Bool,
        scratch: UnsafeMutablePointer<Float>, pool: ThreadPool
    ) {
        pool.run(chunks: blocks) { block, _ in
            let sums = scratch + block * channels
            sums.update(repeating: 0, count: channels)
            for row in block * rowsPerBlock..<min((block + 1) * rowsPerBlock, rows) {
                let source = input + row * channels, gradient = outputGradient + row * channels
                let length = length(source), inverse = 1 / max(length, epsilon)
                var product: Float = 0
                for channel in 0..<channels {
                    let unit = source[channel] * inverse
                    sums[channel] += gradient[channel] * unit
                    product += gradient[channel] * weight[channel] * unit
                }
                // Below the least length the divisor is a constant.
                if length <= epsilon { product = 0 }
                guard let target = inputGradient.map({ $0 + row * channels }) else { continue }
                for channel in 0..<channels {
                    let unit = source[channel] * inverse
                    let value = (gradient[channel] * weight[channel] - unit * product) * inverse
                    target[channel] = accumulates ? target[channel] + value : value
                }
            }
        }
        guard let weightGradient else { return }
        // In the order of the blocks, whoever has summed them.
        for block in 0..<blocks {
            for channel in 0..<channels { weightGradient[channel] += scratch[block * channels + channel] }
        }
    }

    /// Sixteen sums side by side, which the compiler may not make of one.
    private func length(_ row: UnsafePointer<Float>) -> Float {
        let raw = UnsafeRawPointer(row), wide = channels / 16 * 16
        var sums = SIMD16<Float>.zero
        for first in stride(from: 0, to: wide, by: 16) {
            let numbers = raw.loadUnaligned(fromByteOffset: first * 4, as: SIMD16<Float>.self)
            sums += numbers * numbers
        }
        var sum = sums.sum()
        for channel in wide..<channels { sum += row[channel] * row[channel] }
        return sum.squareRoot()
    }
}
