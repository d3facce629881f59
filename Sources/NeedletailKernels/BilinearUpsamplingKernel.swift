/// Linear interpolation of `[batch, height, width, channels]` to any size.
///
/// Output position `i` lies at `(i + ½) · input / output - ½` of the input, never before its first pixel: torch's
/// `interpolate(mode: "bilinear")` with `align_corners` false.
public struct BilinearUpsamplingKernel: LinearMapKernel {
    /// Where a position of the output lies between two of the input.
    private struct Place {
        var first: Int
        var second: Int
        /// Of the second; the first has the rest.
        var share: Float
    }

    public let batch: Int
    public let input: Extent
    public let output: Extent
    public let channels: Int
    private let rows: [Place]
    private let columns: [Place]

    public init(batch: Int, input: Extent, output: Extent, channels: Int) {
        self.batch = batch
        self.input = input
        self.output = output
        self.channels = channels
        rows = Self.places(from: input.height, to: output.height)
        columns = Self.places(from: input.width, to: output.width)
    }

    private static func places(from input: Int, to output: Int) -> [Place] {
        let ratio = Float(input) / Float(output)
        return (0..<output).map { index in
            let position = max((Float(index) + 0.5) * ratio - 0.5, 0)
            let first = min(Int(position), input - 1)
            return Place(first: first, second: min(first + 1, input - 1), share: position - Float(first))
        }
    }

    public func forward(
        input source: UnsafePointer<Float>, output target: UnsafeMutablePointer<Float>, pool: ThreadPool
    ) {
        let stride = input.width * channels
        pool.run(chunks: batch * output.height) { chunk, _ in
            let row = rows[chunk % output.height], image = source + chunk / output.height * input.height * stride
            let upper = image + row.first * stride, lower = image + row.second * stride
            var pixel = target + chunk * output.width * channels
            for column in columns {
                let left = column.first * channels, right = column.second * channels
                for channel in 0..<channels {
                    let above = upper[left + channel] * (1 - column.share) + upper[right + channel] * column.share
                    let below = lower[left + channel] * (1 - column.share) + lower[right + channel] * column.share
                    pixel[channel] = above * (1 - row.share) + below * row.share
                }
                pixel += channels
            }
        }
    }

    /// Sums, for every input, the gradients of all outputs that read it.
    public func backward(
        outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool,
        pool: ThreadPool
    ) {
        let stride = input.width * channels
        // A row of the input is one chunk, so that no two write the same.
        pool.run(chunks: batch * input.height) { chunk, _ in
            let inputRow = chunk % input.height, image = chunk / input.height
            let target = inputGradient + chunk * stride
            if !accumulates { target.update(repeating: 0, count: stride) }
            for (outputRow, row) in rows.enumerated() {
                let weight =
                    (row.first == inputRow ? 1 - row.share : 0) + (row.second == inputRow ? row.share : 0)
                guard weight != 0 else { continue }
                var gradient = outputGradient + (image * output.height + outputRow) * output.width * channels
                for column in columns {
                    let left = target + column.first * channels, right = target + column.second * channels
                    for channel in 0..<channels {
                        let value = gradient[channel] * weight
                        left[channel] += value * (1 - column.share)
                        right[channel] += value * column.share
                    }
                    gradient += channels
                }
            }
        }
    }
}
