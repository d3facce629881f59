import NeedletailImages

extension Image {
    /// Lays a colour over pixels of a region, as far as it lies in the image.
    ///
    /// - Parameters:
    ///   - color: On a scale of 0 to 255.
    ///   - cover: How much of a pixel by its column and row, 0 to 1.
    mutating func paint(_ region: PixelRectangle, in color: SIMD3<Float>, cover: (_ x: Int, _ y: Int) -> Float) {
        let seen = region.intersection(frame)
        guard seen.width > 0, seen.height > 0 else { return }
        let width = width
        withUnsafeMutableBytes { bytes in
            for y in seen.y..<seen.y + seen.height {
                for x in seen.x..<seen.x + seen.width {
                    let share = cover(x, y)
                    guard share > 0 else { continue }
                    for c in 0..<3 {
                        let index = 3 * (y * width + x) + c
                        let value = Float(bytes[index])
                        bytes[index] = UInt8(truncatingIfNeeded: Int32(value + (color[c] - value) * share + 0.5))
                    }
                }
            }
        }
    }

    /// A stroke with round ends; a disc, where it starts and ends at one point.
    ///
    /// - Parameters:
    ///   - softness: Over how many pixels, around the radius, it fades.
    ///   - strength: Of its middle, 0 to 1.
    mutating func paintStroke(
        from start: SIMD2<Float>, to end: SIMD2<Float>, radius: Float, softness: Float, color: SIMD3<Float>,
        strength: Float
    ) {
        let reach = radius + softness / 2
        let low = pointwiseMin(start, end) - reach, high = pointwiseMax(start, end) + reach
        let way = end - start, length = max((way * way).sum(), 1e-6)
        let region = PixelRectangle(
            x: Int(low.x), y: Int(low.y), width: Int(high.x) - Int(low.x) + 1, height: Int(high.y) - Int(low.y) + 1)
        paint(region, in: color) { x, y in
            let point = SIMD2(Float(x), Float(y)) + 0.5 - start
            let along = min(max((point * way).sum() / length, 0), 1)
            let offset = point - way * along
            let depth = (reach - (offset * offset).sum().squareRoot()) / max(softness, 1e-3)
            let cover = min(max(depth, 0), 1)
            return strength * cover * cover * (3 - 2 * cover)
        }
    }
}
