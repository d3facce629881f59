/// The mean under each window.
///
/// Positions in the padding count as zeros, unless `countsPadding` is false (PyTorch's `count_include_pad`). What of a
/// window lies beyond the padding, as it may when sizes are rounded up, never counts. A window without a pixel gives 0.
public enum AveragePoolingKernel {
    public static func forward(
        shape: PoolingShape, countsPadding: Bool = true, input: UnsafePointer<Float>,
        output: UnsafeMutablePointer<Float>, pool: ThreadPool
    ) {
        let channels = shape.channels, outputHeight = shape.outputHeight, outputWidth = shape.outputWidth
        pool.run(chunks: shape.batch * outputHeight) { chunk, _ in
            let image = chunk / outputHeight, outputRow = chunk % outputHeight
            let source = input + image * shape.inputHeight * shape.inputWidth * channels
            var target = output + chunk * outputWidth * channels
            for outputColumn in 0..<outputWidth {
                target.update(repeating: 0, count: channels)
                for row in shape.rows.positions(outputRow) {
                    for column in shape.columns.positions(outputColumn) {
                        let pixel = source + (row * shape.inputWidth + column) * channels
                        for channel in 0..<channels { target[channel] += pixel[channel] }
                    }
                }
                let share = shape.share(outputRow, outputColumn, countsPadding: countsPadding)
                for channel in 0..<channels { target[channel] *= share }
                target += channels
            }
        }
    }

    public static func backward(
        shape: PoolingShape, countsPadding: Bool = true, outputGradient: UnsafePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool, pool: ThreadPool
    ) {
        let channels = shape.channels, outputHeight = shape.outputHeight, outputWidth = shape.outputWidth
        let perImage = shape.inputHeight * shape.inputWidth * channels
        pool.run(chunks: shape.batch) { image, _ in
            let target = inputGradient + image * perImage
            if !accumulates { target.update(repeating: 0, count: perImage) }
            for outputRow in 0..<outputHeight {
                for outputColumn in 0..<outputWidth {
                    let source =
                        outputGradient
                        + ((image * outputHeight + outputRow) * outputWidth + outputColumn) * channels
                    let share = shape.share(outputRow, outputColumn, countsPadding: countsPadding)
                    for row in shape.rows.positions(outputRow) {
                        for column in shape.columns.positions(outputColumn) {
                            let pixel = target + (row * shape.inputWidth + column) * channels
                            for channel in 0..<channels { pixel[channel] += source[channel] * share }
                        }
                    }
                }
            }
        }
    }

    /// The mean over all pixels of each image: `[batch, pixels, channels]` to `[batch, channels]`.
    public static func globalForward(
        batch: Int, pixels: Int, channels: Int, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
        pool: ThreadPool
    ) {
        pool.run(chunks: batch) { image, _ in
            let target = output + image * channels
            target.update(repeating: 0, count: channels)
            for pixel in 0..<pixels {
                let row = input + (image * pixels + pixel) * channels
                for channel in 0..<channels { target[channel] += row[channel] }
            }
            for channel in 0..<channels { target[channel] /= Float(pixels) }
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
    /// What a pixel weighs in the mean under a window.
    fileprivate func share(_ row: Int, _ column: Int, countsPadding: Bool) -> Float {
        let height = rows.positionCount(row, countsPadding: countsPadding)
        let width = columns.positionCount(column, countsPadding: countsPadding)
        return 1 / Float(max(1, height * width))
    }
}
