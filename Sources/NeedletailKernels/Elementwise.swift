/// Operations that treat a tensor as a row of numbers.
public enum Elementwise {
    /// Elements of one chunk: large enough to be worth a dispatch, small enough to share out.
    static let grain = 32_768

    /// `output = a + b`.
    public static func add(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int, output: UnsafeMutablePointer<Float>,
        pool: ThreadPool
    ) {
        pool.run(count: count, grain: grain) { range, _ in
            for index in range { output[index] = a[index] + b[index] }
        }
    }

    /// `output = a + b` for rows of `columns` numbers, which begin `stride` numbers after one another in the output.
    public static func add(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, rows: Int, columns: Int,
        output: UnsafeMutablePointer<Float>, stride: Int, pool: ThreadPool
    ) {
        pool.run(count: rows, grain: max(grain / max(columns, 1), 1)) { range, _ in
            for row in range {
                let a = a + row * columns, b = b + row * columns, target = output + row * stride
                for column in 0..<columns { target[column] = a[column] + b[column] }
            }
        }
    }

    /// `target = source`, or `target += source` when `accumulates`.
    public static func pass(
        _ source: UnsafePointer<Float>, count: Int, to target: UnsafeMutablePointer<Float>, accumulates: Bool,
        pool: ThreadPool
    ) {
        pool.run(count: count, grain: grain) { range, _ in
            if accumulates {
                for index in range { target[index] += source[index] }
            } else {
                (target + range.lowerBound).update(from: source + range.lowerBound, count: range.count)
            }
        }
    }

    /// Adds to `sums` the sum over all pixels of each channel of `[pixels, channels]`.
    ///
    /// A block of channels is one chunk, so the order of the additions is fixed.
    public static func addChannelSums(
        of values: UnsafePointer<Float>, pixels: Int, channels: Int, to sums: UnsafeMutablePointer<Float>,
        pool: ThreadPool
    ) {
        pool.run(count: channels, grain: 16) { block, _ in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 16) { partial in
                // Partial sums over runs of pixels keep the rounding error from growing with the image.
                for first in stride(from: 0, to: pixels, by: 1024) {
                    partial.initialize(repeating: 0)
                    for pixel in first..<min(first + 1024, pixels) {
                        let row = values + pixel * channels + block.lowerBound
                        for channel in 0..<block.count { partial[channel] += row[channel] }
                    }
                    for channel in 0..<block.count { sums[block.lowerBound + channel] += partial[channel] }
                }
            }
        }
    }
}
