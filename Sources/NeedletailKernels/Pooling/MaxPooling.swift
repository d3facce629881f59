/// The greatest value under each window, and the gradient sent back to where it came from.
public enum MaxPooling {
    /// Writes the maxima to `output`.
    public static func forward(
        shape: PoolingShape, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, pool: ThreadPool
    ) {
        let channels = shape.channels
        pool.run(chunks: shape.batch * shape.outputHeight) { chunk, _ in
            let image = chunk / shape.outputHeight, outputRow = chunk % shape.outputHeight
            let rows = shape.window(outputRow, extent: shape.inputHeight)
            let source = input + image * shape.inputHeight * shape.inputWidth * channels
            var target = output + chunk * shape.outputWidth * channels
            for outputColumn in 0..<shape.outputWidth {
                target.update(repeating: -.infinity, count: channels)
                for row in rows {
                    for column in shape.window(outputColumn, extent: shape.inputWidth) {
                        let pixel = source + (row * shape.inputWidth + column) * channels
                        // `>` is false for NaN on the left only; NaN inputs must not vanish, so test the other way.
                        for channel in 0..<channels {
                            target[channel] = pixel[channel] <= target[channel] ? target[channel] : pixel[channel]
                        }
                    }
                }
                target += channels
            }
        }
    }

    /// Sends each output's gradient to the first input of its window that holds the maximum, as PyTorch does.
    public static func backward(
        shape: PoolingShape, input: UnsafePointer<Float>, output: UnsafePointer<Float>,
        outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool,
        pool: ThreadPool
    ) {
        let channels = shape.channels
        let perImage = shape.inputHeight * shape.inputWidth * channels
        // Windows overlap, so one image is one chunk.
        pool.run(chunks: shape.batch) { image, _ in
            let source = input + image * perImage
            let target = inputGradient + image * perImage
            if !accumulates { target.update(repeating: 0, count: perImage) }
            withUnsafeTemporaryAllocation(of: Bool.self, capacity: channels) { found in
                for outputRow in 0..<shape.outputHeight {
                    for outputColumn in 0..<shape.outputWidth {
                        let offset =
                            ((image * shape.outputHeight + outputRow) * shape.outputWidth + outputColumn) * channels
                        found.initialize(repeating: false)
                        for row in shape.window(outputRow, extent: shape.inputHeight) {
                            for column in shape.window(outputColumn, extent: shape.inputWidth) {
                                let pixel = (row * shape.inputWidth + column) * channels
                                for channel in 0..<channels
                                where !found[channel] && source[pixel + channel] == output[offset + channel] {
                                    found[channel] = true
                                    target[pixel + channel] += outputGradient[offset + channel]
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
