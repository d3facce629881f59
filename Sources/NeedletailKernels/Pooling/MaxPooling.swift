import CKernels

/// The greatest value under each window, and the gradient sent back to where it came from.
public enum MaxPoolingKernel {
    /// Writes the maxima to `output`. A NaN counts as the greatest value, so that a diverged network shows it; under a
    /// window that holds no pixel the maximum is minus infinity.
    public static func forward(
        shape: PoolingShape, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, pool: ThreadPool
    ) {
        var description = needletail_pooling(shape)
        withUnsafePointer(to: &description) { description in
            pool.run(count: shape.batch * shape.outputHeight, grain: 2) { rows, _ in
                needletail_max_pooling(description, input, output, rows.lowerBound, rows.upperBound)
            }
        }
    }

    /// Sends each output's gradient to the first input of its window that holds the maximum, as PyTorch does.
    public static func backward(
        shape: PoolingShape, input: UnsafePointer<Float>, output: UnsafePointer<Float>,
        outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool,
        pool: ThreadPool
    ) {
        var description = needletail_pooling(shape)
        withUnsafePointer(to: &description) { description in
            pool.run(count: needletail_pooling_gradient_chunks(description), grain: 1) { range, _ in
                needletail_max_pooling_gradient(
                    description, input, output, outputGradient, accumulates ? 1 : 0, inputGradient, range.lowerBound,
                    range.upperBound)
            }
        }
    }
}
