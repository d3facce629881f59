import CKernels

/// Softmax of each row of `[rows, channels]`.
public struct SoftmaxKernel: Sendable {
    public var rows: Int
    public var channels: Int

    public init(rows: Int, channels: Int) {
        self.rows = rows
        self.channels = channels
    }

    private var grain: Int { max(1024 / max(channels, 1), 1) }

    public func forward(input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, pool: ThreadPool) {
        pool.run(count: rows, grain: grain) { range, _ in
            needletail_softmax(nil, channels, input, output, range.lowerBound, range.upperBound)
        }
    }

    /// `dx = y · (dy - Σ dy · y)`, written or added.
    public func backward(
        output: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool, pool: ThreadPool
    ) {
        pool.run(count: rows, grain: grain) { range, _ in
            for row in range {
                let values = output + row * channels, gradient = outputGradient + row * channels
                let target = inputGradient + row * channels
                var sum: Float = 0
                for channel in 0..<channels { sum += values[channel] * gradient[channel] }
                for channel in 0..<channels {
                    let value = values[channel] * (gradient[channel] - sum)
                    target[channel] = accumulates ? target[channel] + value : value
                }
            }
        }
    }
}
