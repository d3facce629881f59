import CKernels

/// The mean under each window.
///
/// Positions in the padding count as zeros, unless `countsPadding` is false (PyTorch's `count_include_pad`). What of a
/// window lies beyond the padding, as it may when sizes are rounded up, never counts. A window without a pixel gives 0.
public enum AveragePoolingKernel {
    public static func forward(
        shape: PoolingShape, countsPadding: Bool = true, input: UnsafePointer<Float>,
        output: UnsafeMutablePointer<Float>, pool: ThreadPool
    ) {
        var description = needletail_pooling(shape)
        let shares = shape.shares(countsPadding: countsPadding)
        withUnsafePointer(to: &description) { description in
            shares.withUnsafeBufferPointer { shares in
                guard let shares = shares.baseAddress else { return }
                pool.run(count: shape.batch * shape.outputHeight, grain: 2) { rows, _ in
                    needletail_average_pooling(
                        description, shares, input, output, rows.lowerBound, rows.upperBound)
                }
            }
        }
    }

    public static func backward(
        shape: PoolingShape, countsPadding: Bool = true, outputGradient: UnsafePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool, pool: ThreadPool
    ) {
        var description = needletail_pooling(shape)
        // Without a window every pixel's gradient is zero, which is written all the same.
        let shares = shape.shares(countsPadding: countsPadding) + [0]
        withUnsafePointer(to: &description) { description in
            shares.withUnsafeBufferPointer { shares in
                guard let shares = shares.baseAddress else { return }
                pool.run(count: needletail_pooling_gradient_chunks(description), grain: 1) { range, _ in
                    needletail_average_pooling_gradient(
                        description, shares, outputGradient, accumulates ? 1 : 0, inputGradient, range.lowerBound,
                        range.upperBound)
                }
            }
        }
    }

    /// The mean over all pixels of each image: `[batch, pixels, channels]` to `[batch, channels]`.
    public static func globalForward(
        batch: Int, pixels: Int, channels: Int, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
        pool: ThreadPool
    ) {
        let block = 128, blocks = (channels + block - 1) / block
        pool.run(count: batch * blocks, grain: max(Elementwise.grain / max(pixels * block, 1), 1)) { range, _ in
            for index in range {
                let first = index % blocks * block, count = min(block, channels - first)
                let target = output + index / blocks * channels + first
                target.update(repeating: 0, count: count)
                for pixel in 0..<pixels {
                    let row = input + (index / blocks * pixels + pixel) * channels + first
                    for channel in 0..<count { target[channel] += row[channel] }
                }
                for channel in 0..<count { target[channel] /= Float(pixels) }
            }
        }
    }

    public static func globalBackward(
        batch: Int, pixels: Int, channels: Int, outputGradient: UnsafePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool, pool: ThreadPool
    ) {
        let share = 1 / Float(pixels)
        pool.run(chunks: batch) { image, _ in
            let source = outputGradient + image * channels
            for pixel in 0..<pixels {
                let row = inputGradient + (image * pixels + pixel) * channels
                for channel in 0..<channels {
                    row[channel] = (accumulates ? row[channel] : 0) + source[channel] * share
                }
            }
        }
    }
}

extension PoolingShape {
    /// What a pixel weighs in the mean under each window, line by line.
    fileprivate func shares(countsPadding: Bool) -> [Float] {
        let widths = (0..<outputWidth).map { columns.positionCount($0, countsPadding: countsPadding) }
        return (0..<outputHeight).flatMap { row in
            let height = rows.positionCount(row, countsPadding: countsPadding)
            return widths.map { 1 / Float(max(1, height * $0)) }
        }
    }
}
