/// For every place along an axis of a resized tensor the places of the input that it is made of, with their shares.
public struct ResamplingTaps: Hashable, Sendable {
    public struct Tap: Hashable, Sendable {
        public var place: Int
        public var weight: Float

        public init(place: Int, weight: Float) {
            self.place = place
            self.weight = weight
        }
    }

    public var taps: [[Tap]]

    public init(taps: [[Tap]]) { self.taps = taps }

    /// Every place as it is.
    public init(unchanged size: Int) { taps = (0..<size).map { [Tap(place: $0, weight: 1)] } }
}

/// Maps `[batch, height, width, channels]` resized by mixing rows, and then columns.
public struct ResamplingKernel: Sendable {
    public var batch: Int
    public var height: Int
    public var width: Int
    public var channels: Int
    public var rows: ResamplingTaps
    public var columns: ResamplingTaps

    public init(batch: Int, height: Int, width: Int, channels: Int, rows: ResamplingTaps, columns: ResamplingTaps) {
        self.batch = batch
        self.height = height
        self.width = width
        self.channels = channels
        self.rows = rows
        self.columns = columns
    }

    public func run(_ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, pool: ThreadPool) {
        let outputHeight = rows.taps.count, outputWidth = columns.taps.count, line = width * channels
        pool.run(count: batch * outputHeight, grain: max(Elementwise.grain / max(outputWidth * channels, 1), 1)) {
            range, _ in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: max(line, 1)) { mixed in
                for index in range {
                    let map = input + index / outputHeight * height * line
                    mixed.initialize(repeating: 0)
                    for tap in rows.taps[index % outputHeight] {
                        let source = map + tap.place * line
                        for place in 0..<line { mixed[place] += source[place] * tap.weight }
                    }
                    let target = output + index * outputWidth * channels
                    for column in 0..<outputWidth {
                        let pixel = target + column * channels
                        pixel.update(repeating: 0, count: channels)
                        for tap in columns.taps[column] {
                            let start = tap.place * channels
                            for channel in 0..<channels { pixel[channel] += mixed[start + channel] * tap.weight }
                        }
                    }
                }
            }
        }
    }
}
