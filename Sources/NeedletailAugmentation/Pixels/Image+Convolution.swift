import NeedletailImages
import NeedletailPlatform

/// What is added up for a pixel: those around it times weights. The result is read upright, as correlation has it.
struct FilterKernel {
    var taps: [(x: Int, y: Int, weight: Float)] = []

    var radius: Int { taps.reduce(0) { max($0, abs($1.x), abs($1.y)) } }

    /// A share of nine weights, the rest of the pixel itself.
    static func blend(_ share: Float, _ weights: [Float]) -> FilterKernel {
        var kernel = FilterKernel(radius: 0) { _, _ in 1 }
        kernel.taps = weights.indices.map { (x: $0 % 3 - 1, y: $0 / 3 - 1, weight: share * weights[$0]) }
        kernel.taps[4].weight += 1 - share
        return kernel
    }

    /// A line through the pixel, the path of a camera that moved.
    static func line(length: Double, angle: Double) -> FilterKernel {
        let way = length * SIMD2(cos(angle * .pi / 180), sin(angle * .pi / 180))
        let steps = Int(length) * 16
        var kernel = FilterKernel()
        for step in 0..<steps {
            let point = (way * ((Double(step) + 0.5) / Double(steps) - 0.5)).rounded(.toNearestOrEven)
            let (x, y) = (Int(point.x), Int(point.y))
            if kernel.taps.last?.x != x || kernel.taps.last?.y != y { kernel.taps.append((x, y, 0)) }
            kernel.taps[kernel.taps.count - 1].weight += 1 / Float(steps)
        }
        return kernel
    }

    /// What a lens out of focus makes of a point.
    static func disc(radius: Double) -> FilterKernel {
        FilterKernel(radius: Int(radius.rounded(.up))) { x, y in
            min(max(radius + 0.5 - Double(x * x + y * y).squareRoot(), 0), 1)
        }
    }

    /// Without frequencies above a cut-off, in radians a pixel, which leaves rings around edges (Wang et al.,
    /// "Real-ESRGAN", 2021, section 3.3).
    static func lowPass(radius: Int, cutoff: Double) -> FilterKernel {
        FilterKernel(radius: radius) { x, y in
            let distance = Double(x * x + y * y).squareRoot()
            return distance == 0 ? cutoff / 2 : j1(cutoff * distance) / distance
        }
    }
}

extension FilterKernel {
    /// The weights of a square that are not 0, their sum 1.
    private init(radius: Int, normalized weight: (_ x: Int, _ y: Int) -> Double) {
        let square = (-radius...radius).flatMap { y in
            (-radius...radius).map { x in (x: x, y: y, weight: weight(x, y)) }
        }
        let sum = square.reduce(0) { $0 + $1.weight }
        taps = square.filter { $0.weight != 0 }.map { ($0.x, $0.y, Float($0.weight / sum)) }
    }
}

extension Image {
    /// Mirrored at the edges without repeating them, rounded.
    func convolved(_ kernel: FilterKernel) -> Image {
        let radius = kernel.radius
        let padded = mirrored(margin: radius)
        let (length, stride, held) = (rowStride, padded.rowStride, 2 * radius + 1)
        let convolved = [UInt8](unsafeUninitializedCapacity: bytes.count) { target, initialized in
            // The rows around the current one as numbers, each where its index modulo their number says; the sum.
            withUnsafeTemporaryAllocation(of: Float.self, capacity: held * stride + length) { scratch in
                guard let rows = scratch.baseAddress else { return }
                scratch.initialize(repeating: 0)
                let sum = rows + held * stride
                padded.withUnsafeBytes { source in
                    for y in 0..<padded.height {
                        let row = rows + y % held * stride
                        for i in 0..<stride { row[i] = Float(source[y * stride + i]) }
                        guard y >= 2 * radius else { continue }
                        for i in 0..<length { sum[i] = 0.5 }
                        for tap in kernel.taps {
                            Self.add(
                                rows + (y - radius + tap.y) % held * stride + 3 * (radius + tap.x), times: tap.weight,
                                to: sum, count: length)
                        }
                        let output = (y - 2 * radius) * length
                        for i in 0..<length { target[output + i] = Self.byte(sum[i]) }
                    }
                }
            }
            initialized = bytes.count
        }
        return Image(width: width, height: height, format: format, bytes: convolved)
    }

    /// With a margin in which the image goes on mirrored, its edge not repeated, as often as that takes.
    func mirrored(margin: Int) -> Image {
        func mirror(_ position: Int, _ count: Int) -> Int {
            guard count > 1 else { return 0 }
            let period = 2 * (count - 1), place = ((position % period) + period) % period
            return min(place, period - place)
        }
        let columns = (-margin..<width + margin).map { 3 * mirror($0, width) }
        var padded: [UInt8] = []
        padded.reserveCapacity(3 * columns.count * (height + 2 * margin))
        withUnsafeBytes { source in
            for y in -margin..<height + margin {
                let row = mirror(y, height) * rowStride
                for column in columns { padded.append(contentsOf: source[row + column..<row + column + 3]) }
            }
        }
        return Image(width: columns.count, height: height + 2 * margin, bytes: padded)
    }

    /// As torchvision's `adjust_sharpness`: away from, or with a factor below 1 towards, a blurred image; the outermost
    /// pixels stay.
    func sharpnessAdjusted(by factor: Float) -> Image {
        guard width > 2, height > 2 else { return self }
        let weights = [1, 1, 1, 1, 5, 1, 1, 1, 1].map { Float($0) / 13 }
        let blurred = convolved(.blend(1, weights))
        var result = self
        result.withUnsafeMutableBytes { bytes in
            blurred.withUnsafeBytes { blurred in
                for y in 1..<height - 1 {
                    for i in y * rowStride + 3..<(y + 1) * rowStride - 3 {
                        let value = Float(bytes[i])
                        bytes[i] = Self.byte(value + (Float(blurred[i]) - value) * (1 - factor))
                    }
                }
            }
        }
        return result
    }
}
