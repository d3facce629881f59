import NeedletailImages

extension Image {
    /// Every pixel's colour mapped, rounded.
    func mixed(_ map: ColorMap) -> Image {
        var result = self
        let offset = map.offset + 0.5
        result.withUnsafeMutableBytes { bytes in
            for i in stride(from: 0, to: bytes.count, by: 3) {
                let (red, green, blue) = (Float(bytes[i]), Float(bytes[i + 1]), Float(bytes[i + 2]))
                let mixed = map.red * red + map.green * green + map.blue * blue + offset
                bytes[i] = Self.byte(mixed.x)
                bytes[i + 1] = Self.byte(mixed.y)
                bytes[i + 2] = Self.byte(mixed.z)
            }
        }
        return result
    }

    /// The colour that AlexNet adds to all pixels (Krizhevsky et al., "ImageNet Classification with Deep Convolutional
    /// Neural Networks", 2012, section 4.1): along each principal axis of the picture's colours, on a scale of 0 to 1,
    /// a draw times the variance along it.
    ///
    /// - Returns: On a scale of 0 to 255.
    func principalShift(_ draws: SIMD3<Double>) -> SIMD3<Float> {
        var sum = SIMD3<Double>.zero
        var products = [SIMD3<Double>](repeating: .zero, count: 3)
        withUnsafeBytes { bytes in
            for i in stride(from: 0, to: bytes.count, by: 3) {
                let pixel = SIMD3(Double(bytes[i]), Double(bytes[i + 1]), Double(bytes[i + 2])) / 255
                sum += pixel
                for c in 0..<3 { products[c] += pixel * pixel[c] }
            }
        }
        let count = Double(width * height)
        let mean = sum / count
        let axes = Self.principalAxes(of: (0..<3).map { products[$0] / count - mean * mean[$0] })
        let shift = zip(axes, [draws.x, draws.y, draws.z]).reduce(SIMD3<Double>.zero) {
            $0 + $1.0.direction * ($1.0.variance * $1.1)
        }
        return SIMD3<Float>(shift * 255)
    }

    /// Eigenvectors of a symmetric matrix with their eigenvalues, largest first, by Jacobi's rotations; each vector's
    /// largest component is positive.
    static func principalAxes(
        of matrix: [SIMD3<Double>]
    ) -> [(direction: SIMD3<Double>, variance: Double)] {
        var a = matrix
        var axes: [SIMD3<Double>] = [SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)]
        for _ in 0..<12 {
            for (p, q) in [(0, 1), (0, 2), (1, 2)] where abs(a[p][q]) > 1e-300 {
                let slope = (a[q][q] - a[p][p]) / (2 * a[p][q])
                let tangent = (slope < 0 ? -1 : 1) / (abs(slope) + (slope * slope + 1).squareRoot())
                let cosine = 1 / (tangent * tangent + 1).squareRoot(), sine = tangent * cosine
                for k in 0..<3 {
                    (a[k][p], a[k][q]) = (cosine * a[k][p] - sine * a[k][q], sine * a[k][p] + cosine * a[k][q])
                }
                (a[p], a[q]) = (cosine * a[p] - sine * a[q], sine * a[p] + cosine * a[q])
                (axes[p], axes[q]) = (cosine * axes[p] - sine * axes[q], sine * axes[p] + cosine * axes[q])
            }
        }
        return (0..<3).sorted { a[$0][$0] > a[$1][$1] }.map { k in
            let axis = axes[k]
            let largest = [axis.x, axis.y, axis.z].max { abs($0) < abs($1) } ?? 1
            return (largest < 0 ? -axis : axis, a[k][k])
        }
    }
}
