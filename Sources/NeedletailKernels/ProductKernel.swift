/// Products of numbers with numbers: `[rows, pixelsPerRow, channels]` with `[rows, channels]`, where each number of the
/// second counts for all pixels of its row.
public struct ProductKernel: Sendable {
    public var rows: Int
    public var pixelsPerRow: Int
    public var channels: Int

    public init(rows: Int, pixelsPerRow: Int, channels: Int) {
        self.rows = rows
        self.pixelsPerRow = pixelsPerRow
        self.channels = channels
    }

    private var pixels: Int { rows * pixelsPerRow }
    private var grain: Int { max(Elementwise.grain / max(channels, 1), 1) }

    /// `output = map · factor`, or `output += map · factor`: the gradient of a map is that of the product times the factor.
    public func multiply(
        map: UnsafePointer<Float>, factor: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
        accumulates: Bool, pool: ThreadPool
    ) {
        pool.run(count: pixels, grain: grain) { range, _ in
            for pixel in range {
                let values = map + pixel * channels, target = output + pixel * channels
                let factors = factor + pixel / pixelsPerRow * channels
                if accumulates {
                    for channel in 0..<channels { target[channel] += values[channel] * factors[channel] }
                } else {
                    for channel in 0..<channels { target[channel] = values[channel] * factors[channel] }
                }
            }
        }
    }

    /// The gradient of the factor: the sum over the pixels of its row of `map · outputGradient`.
    public func factorGradient(
        map: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
        factorGradient: UnsafeMutablePointer<Float>, accumulates: Bool, pool: ThreadPool
    ) {
        if pixelsPerRow == 1 {
            return multiply(
                map: map, factor: outputGradient, output: factorGradient, accumulates: accumulates, pool: pool)
        }
        pool.run(chunks: rows) { row, _ in
            let target = factorGradient + row * channels
            if !accumulates { target.update(repeating: 0, count: channels) }
            for pixel in row * pixelsPerRow..<(row + 1) * pixelsPerRow {
                let values = map + pixel * channels, gradients = outputGradient + pixel * channels
                for channel in 0..<channels { target[channel] += values[channel] * gradients[channel] }
            }
        }
    }
}
