import NeedletailRandom

/// Random numbers over an image that change smoothly: a cubic B-spline over a lattice of independent ones.
///
/// As if every pixel had a number of even distribution from -1 to 1 and a Gaussian of `spacing / √3` went over them, at a
/// cost that does not grow with it.
struct SmoothField {
    private let columns: Int
    private let spacing: Float
    private let nodes: [Float]
    private let width: Float
    private let height: Float

    /// - Parameters:
    ///   - spacing: Between nodes, in pixels, at least 1.
    ///   - amplitude: Of the numbers at the nodes; the field's deviation is 0.277 times as much.
    init(width: Int, height: Int, spacing: Double, amplitude: Double, from stream: inout RandomStream) {
        self.spacing = Float(spacing)
        (self.width, self.height) = (Float(width), Float(height))
        // Four nodes from the last place on, and one for rounding.
        columns = Int(Double(width) / spacing) + 5
        let rows = Int(Double(height) / spacing) + 5
        nodes = (0..<columns * rows).map { _ in Float(stream.number(in: -amplitude...amplitude)) }
    }

    /// The shares of four nodes from an index on.
    @inline(__always)
    private func shares(_ position: Float) -> (first: Int, shares: SIMD4<Float>) {
        let place = position / spacing
        let first = place.rounded(.down), t = place - first, s = 1 - t
        return (
            Int(first),
            SIMD4(s * s * s, 4 - 3 * t * t * (2 - t), 4 - 3 * s * s * (2 - s), t * t * t) / 6
        )
    }

    /// At a point; outside, at the nearest of the image.
    func value(_ x: Float, _ y: Float) -> Float {
        let (column, across) = shares(min(max(x, 0), width)), (row, down) = shares(min(max(y, 0), height))
        var sum: Float = 0
        for k in 0..<4 {
            let start = (row + k) * columns + column
            sum +=
                down[k] * (across * SIMD4(nodes[start], nodes[start + 1], nodes[start + 2], nodes[start + 3])).sum()
        }
        return sum
    }

    /// At the centres of a row of pixels.
    func row(_ y: Int, into values: UnsafeMutableBufferPointer<Float>) {
        let (row, down) = shares(Float(y) + 0.5)
        let line = (0..<columns).map { column in
            let start = row * columns + column
            return
                (down
                * SIMD4(nodes[start], nodes[start + columns], nodes[start + 2 * columns], nodes[start + 3 * columns]))
                .sum()
        }
        for x in values.indices {
            let (column, across) = shares(Float(x) + 0.5)
            values[x] = (across * SIMD4(line[column], line[column + 1], line[column + 2], line[column + 3])).sum()
        }
    }
}

/// Every point from somewhere else, near by (Simard et al., "Best Practices for Convolutional Neural Networks Applied to
/// Visual Document Analysis", 2003).
struct ElasticMap: Warp {
    private let x: SmoothField
    private let y: SmoothField

    /// - Parameters:
    ///   - alpha: Scale of the displacement: even noise from -1 to 1, smoothed, times this many pixels.
    ///   - deviation: Of the Gaussian that smooths it, in pixels.
    init(alpha: Double, deviation: Double, width: Int, height: Int, from stream: inout RandomStream) {
        // The Gaussian takes a factor of 1 / (2 √π deviation) from the noise's deviation, the spline 151 / 315.
        let amplitude = alpha / (2 * Double.pi.squareRoot() * deviation) * 315 / 151
        let spacing = max(deviation * 3.0.squareRoot(), 1)
        x = SmoothField(width: width, height: height, spacing: spacing, amplitude: amplitude, from: &stream)
        y = SmoothField(width: width, height: height, spacing: spacing, amplitude: amplitude, from: &stream)
    }

    var keepsLines: Bool { false }

    func sources(ofRow row: Int, into places: UnsafeMutableBufferPointer<SIMD2<Float>>) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * places.count) { shifts in
            shifts.initialize(repeating: 0)
            x.row(row, into: UnsafeMutableBufferPointer(rebasing: shifts[..<places.count]))
            y.row(row, into: UnsafeMutableBufferPointer(rebasing: shifts[places.count...]))
            for column in places.indices {
                places[column] = SIMD2(
                    Float(column) + 0.5 + shifts[column], Float(row) + 0.5 + shifts[places.count + column])
            }
        }
    }

    /// The point that comes from this one, by iteration; where the image is folded, one of those.
    func target(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        let source = SIMD2(Float(x), Float(y))
        var place = source
        for _ in 0..<40 {
            let error = source - place - SIMD2(self.x.value(place.x, place.y), self.y.value(place.x, place.y))
            place += 0.7 * error
            if (error * error).sum() < 1e-6 { break }
        }
        return (Double(place.x), Double(place.y))
    }
}
