/// What a lens does: a point at distance r from the centre, in image sides, is seen at `r (1 + k r² + k r⁴)`, the model
/// and the scale that OpenCV's `initUndistortRectifyMap` has with the sides as focal lengths.
struct LensMap: Warp {
    let strength: Double
    let width: Double
    let height: Double

    var keepsLines: Bool { false }

    private func factor(_ squared: Double) -> Double { 1 + strength * squared * (1 + squared) }

    func sources(ofRow y: Int, into places: UnsafeMutableBufferPointer<SIMD2<Float>>) {
        let v = (Double(y) + 0.5) / height - 0.5
        for x in places.indices {
            let u = (Double(x) + 0.5) / width - 0.5
            let factor = factor(u * u + v * v)
            places[x] = SIMD2(Float((u * factor + 0.5) * width), Float((v * factor + 0.5) * height))
        }
    }

    func target(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        let u = x / width - 0.5, v = y / height - 0.5
        let distance = (u * u + v * v).squareRoot()
        guard distance > 0 else { return (x, y) }
        // Distances grow up to where 1 + 3 k r² + 5 k r⁴ is 0; what lies beyond is not seen.
        var low = 0.0
        var high = strength < 0 ? (((9 - 20 / strength).squareRoot() - 3) / 10).squareRoot() : distance + 1
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if middle * factor(middle * middle) < distance { low = middle } else { high = middle }
        }
        return ((u * high / distance + 0.5) * width, (v * high / distance + 0.5) * height)
    }
}
