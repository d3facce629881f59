/// The mean under each window. Positions in the padding count as zeros, as in PyTorch's default.
public enum AveragePooling {
    public static func forward(
        shape: PoolingShape, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, pool: ThreadPool
    ) {
        let channels = shape.channels
        let share = 1 / Float(shape.kernel * shape.kernel)
        pool.run(chunks: shape.batch * shape.outputHeight) { chunk, _ in
            let image = chunk / shape.outputHeight, outputRow = chunk % shape.outputHeight
            let source = input + image * shape.inputHeight * shape.inputWidth * channels
            var target = output + chunk * shape.outputWidth * channels
            for outputColumn in 0..<shape.outputWidth {
                target.update(repeating: 0, count: channels)
                for row in shape.window(outputRow, extent: shape.inputHeight) {
                    for column in shape.window(outputColumn, extent: shape.inputWidth) {
                        let pixel = source + (row * shape.inputWidth + column) * channels
                        for channel in 0..<channels { target[channel] += pixel[channel] }
                    }
                }
                for channel in 0..<channels { target[channel] *= share }
                target += channels
            }
        }
    }

    public static func backward(
        shape: PoolingShape, outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
        accumulates: Bool, pool: ThreadPool
    ) {
        let channels = shape.channels
        let share = 1 / Float(shape.kernel * shape.kernel)
        let perImage = shape.inputHeight * shape.inputWidth * channels
        pool.run(chunks: shape.batch) { image, _ in
            let target = inputGradient + image * perImage
            if !accumulates { target.update(repeating: 0, count: perImage) }
            for outputRow in 0..<shape.outputHeight {
                for outputColumn in 0..<shape.outputWidth {
                    let source =
                        outputGradient
                        + ((image * shape.outputHeight + outputRow) * shape.outputWidth + outputColumn) * channels
                    for row in shape.window(outputRow, extent: shape.inputHeight) {
                        for column in shape.window(outputColumn, extent: shape.inputWidth) {
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
