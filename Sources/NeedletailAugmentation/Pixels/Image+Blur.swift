import NeedletailImages
import NeedletailPlatform

extension Image {
    /// The image blurred by a Gaussian, mirrored at its edges, rounded; as torchvision's `gaussian_blur` on `uint8` with a
    /// kernel that reaches three standard deviations.
    ///
    /// - Parameter deviation: In pixels, above 0.
    func blurred(deviation: Float) -> Image {
        let radius = min(max(Int((3 * deviation).rounded(.up)), 1), min(width, height) - 1)
        guard radius > 0 else { return self }
        let weights = Self.gaussian(radius: radius, deviation: deviation)
        let length = rowStride
        let margin = 3 * radius
        let blurred = [UInt8](unsafeUninitializedCapacity: bytes.count) { target, initialized in
            // A row with its mirrored margins; the rows around the current one, blurred in x; their weighted sum.
            withUnsafeTemporaryAllocation(of: Float.self, capacity: length + 2 * margin + (2 * radius + 2) * length) {
                scratch in
                guard let widened = scratch.baseAddress else { return }
                scratch.initialize(repeating: 0)
                let rows = widened + length + 2 * margin
                let sum = rows + (2 * radius + 1) * length
                withUnsafeBytes { source in
                    func blurRow(_ y: Int) {
                        let row = source.baseAddress.map { $0 + y * length }
                        guard let row else { return }
                        for i in 0..<length { widened[margin + i] = Float(row[i]) }
                        for column in 1...radius {
                            for c in 0..<3 {
                                widened[margin - 3 * column + c] = Float(row[3 * column + c])
                                widened[margin + length + 3 * (column - 1) + c] = Float(
                                    row[length - 3 * (column + 1) + c])
                            }
                        }
                        let output = rows + y % (2 * radius + 1) * length
                        Self.scale(widened, by: weights[0], to: output, count: length)
                        for k in 1...2 * radius {
                            Self.add(widened + 3 * k, times: weights[k], to: output, count: length)
                        }
                    }
                    for y in 0..<radius { blurRow(y) }
                    for y in 0..<height {
                        if y + radius < height { blurRow(y + radius) }
                        for k in -radius...radius {
                            // Mirrored without repeating the edge.
                            let place = abs(y + k) < height ? abs(y + k) : 2 * (height - 1) - (y + k)
                            let row = rows + place % (2 * radius + 1) * length
                            if k == -radius {
                                Self.scale(row, by: weights[0], to: sum, count: length)
                            } else {
                                Self.add(row, times: weights[k + radius], to: sum, count: length)
                            }
                        }
                        for i in 0..<length {
                            target[y * length + i] = UInt8(truncatingIfNeeded: Int32(sum[i].rounded(.toNearestOrEven)))
                        }
                    }
                }
            }
            initialized = bytes.count
        }
        return Image(width: width, height: height, format: format, bytes: blurred)
    }

    private static func gaussian(radius: Int, deviation: Float) -> [Float] {
        let weights = (-radius...radius).map { exp(-Float($0 * $0) / (2 * deviation * deviation)) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    @inline(__always)
    private static func scale(
        _ input: UnsafePointer<Float>, by factor: Float, to output: UnsafeMutablePointer<Float>, count: Int
    ) {
        for i in 0..<count { output[i] = input[i] * factor }
    }

    @inline(__always)
    static func add(
        _ input: UnsafePointer<Float>, times factor: Float, to output: UnsafeMutablePointer<Float>, count: Int
    ) {
        for i in 0..<count { output[i] += input[i] * factor }
    }
}
