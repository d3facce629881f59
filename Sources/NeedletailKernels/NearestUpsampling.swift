/// Nearest-neighbour resizing of `[batch, height, width, channels]` to any size.
///
/// Output position `i` reads input `⌊i · input / output⌋`, as PyTorch's `interpolate(mode: "nearest")`.
public enum NearestUpsamplingKernel {
    public struct Shape: Hashable, Sendable {
        public var batch: Int
        public var inputHeight: Int
        public var inputWidth: Int
        public var outputHeight: Int
        public var outputWidth: Int
        public var channels: Int

        public init(
            batch: Int, inputHeight: Int, inputWidth: Int, outputHeight: Int, outputWidth: Int, channels: Int
        ) {
            self.batch = batch
            self.inputHeight = inputHeight
            self.inputWidth = inputWidth
            self.outputHeight = outputHeight
            self.outputWidth = outputWidth
            self.channels = channels
        }

        func sourceRow(_ row: Int) -> Int { Self.source(row, inputHeight, outputHeight) }
        func sourceColumn(_ column: Int) -> Int { Self.source(column, inputWidth, outputWidth) }

        private static func source(_ index: Int, _ input: Int, _ output: Int) -> Int {
            // The ratio is taken in single precision because the reference does so, and the floor shows it.
            min(Int(Float(index) * (Float(input) / Float(output))), input - 1)
        }
    }

    public static func forward(
        shape: Shape, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, pool: ThreadPool
    ) {
        let channels = shape.channels
        pool.run(chunks: shape.batch * shape.outputHeight) { chunk, _ in
            let image = chunk / shape.outputHeight, row = chunk % shape.outputHeight
            let source = input + (image * shape.inputHeight + shape.sourceRow(row)) * shape.inputWidth * channels
            let target = output + chunk * shape.outputWidth * channels
            for column in 0..<shape.outputWidth {
                (target + column * channels)
                    .update(from: source + shape.sourceColumn(column) * channels, count: channels)
            }
        }
    }

    /// Sums the gradients of all outputs that read an input.
    public static func backward(
        shape: Shape, outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
        accumulates: Bool, pool: ThreadPool
    ) {
        let channels = shape.channels
        let perImage = shape.inputHeight * shape.inputWidth * channels
        pool.run(chunks: shape.batch) { image, _ in
            let target = inputGradient + image * perImage
            if !accumulates { target.update(repeating: 0, count: perImage) }
            for row in 0..<shape.outputHeight {
                let targetRow = target + shape.sourceRow(row) * shape.inputWidth * channels
                let source =
                    outputGradient + (image * shape.outputHeight + row) * shape.outputWidth * channels
                for column in 0..<shape.outputWidth {
                    let pixel = targetRow + shape.sourceColumn(column) * channels
                    let gradient = source + column * channels
                    for channel in 0..<channels { pixel[channel] += gradient[channel] }
                }
            }
        }
    }
}
