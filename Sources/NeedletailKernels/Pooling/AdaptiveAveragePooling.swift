/// The means of `size.height × size.width` parts of each map.
public struct AdaptiveAveragePoolingKernel: LinearMapKernel {
    public var batch: Int
    /// Of the input.
    public var width: Int
    public var channels: Int
    /// The rows of each part, in the input.
    public let rows: [Range<Int>]
    public let columns: [Range<Int>]
    private let height: Int

    public init(batch: Int, height: Int, width: Int, channels: Int, size: Extent) {
        self.batch = batch
        self.height = height
        self.width = width
        self.channels = channels
        rows = Self.parts(of: height, count: size.height)
        columns = Self.parts(of: width, count: size.width)
    }

    private static func parts(of extent: Int, count: Int) -> [Range<Int>] {
        (0..<count).map { $0 * extent / count..<(($0 + 1) * extent + count - 1) / count }
    }

    public func forward(input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, pool: ThreadPool) {
        pool.run(chunks: batch * rows.count) { chunk, _ in
            let source = input + chunk / rows.count * height * width * channels
            let part = rows[chunk % rows.count]
            for (column, across) in columns.enumerated() {
                let target = output + (chunk * columns.count + column) * channels
                target.update(repeating: 0, count: channels)
                for row in part {
                    for place in across {
                        let pixel = source + (row * width + place) * channels
                        for channel in 0..<channels { target[channel] += pixel[channel] }
                    }
                }
                let share = 1 / Float(part.count * across.count)
                for channel in 0..<channels { target[channel] *= share }
            }
        }
    }

    public func backward(
        outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool,
        pool: ThreadPool
    ) {
        pool.run(chunks: batch) { image, _ in
            let target = inputGradient + image * height * width * channels
            if !accumulates { target.update(repeating: 0, count: height * width * channels) }
            for (outputRow, part) in rows.enumerated() {
                for (column, across) in columns.enumerated() {
                    let source =
                        outputGradient + ((image * rows.count + outputRow) * columns.count + column) * channels
                    let share = 1 / Float(part.count * across.count)
                    for row in part {
                        for place in across {
                            let pixel = target + (row * width + place) * channels
                            for channel in 0..<channels { pixel[channel] += source[channel] * share }
                        }
                    }
                }
            }
        }
    }
}
