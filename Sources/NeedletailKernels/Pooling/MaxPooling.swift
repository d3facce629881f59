import CKernels

/// The greatest value under each window, and the gradient sent back to where it came from.
public enum MaxPooling {
    /// Writes the maxima to `output`. A NaN counts as the greatest value, so that a diverged network shows it.
    public static func forward(
        shape: PoolingShape, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, pool: ThreadPool
    ) {
        var description = needletail_pooling(
            n: Int32(shape.batch), h: Int32(shape.inputHeight), w: Int32(shape.inputWidth), c: Int32(shape.channels),
            kernel: Int32(shape.kernel), stride: Int32(shape.stride), pad: Int32(shape.padding),
            out_h: Int32(shape.outputHeight), out_w: Int32(shape.outputWidth), variant: nil)
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
