import NeedletailImages

extension Image {
    /// Contrast-limited adaptive histogram equalisation (Zuiderveld, "Contrast Limited Adaptive Histogram Equalization",
    /// 1994) of the brightness; what a pixel gains is added to its three samples, so that its colour stays.
    ///
    /// - Parameters:
    ///   - clip: How many times its even share a value counts at most, as OpenCV has it; the rest is spread over all.
    ///   - tiles: In each direction. Between their centres their curves are interpolated.
    func locallyEqualized(clip: Double, tiles: Int) -> Image {
        let columns = min(tiles, width), rows = min(tiles, height)
        let grays = withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 3).map { Self.grey(bytes[$0], bytes[$0 + 1], bytes[$0 + 2]) }
        }
        var curves: [[Float]] = []
        for row in 0..<rows {
            for column in 0..<columns {
                curves.append(
                    Self.curve(
                        of: grays, width, columns: column * width / columns..<(column + 1) * width / columns,
                        rows: row * height / rows..<(row + 1) * height / rows, clip: clip))
            }
        }
        /// Of each position the tile before, the tile behind, and the share of the latter.
        func neighbors(_ count: Int, _ tiles: Int) -> [(first: Int, second: Int, share: Float)] {
            (0..<count).map { position in
                let place = (Float(position) + 0.5) * Float(tiles) / Float(count) - 0.5
                let first = Int(place.rounded(.down))
                return (max(first, 0), min(first + 1, tiles - 1), place - Float(first))
            }
        }
        let across = neighbors(width, columns), down = neighbors(height, rows)
        var result = self
        result.withUnsafeMutableBytes { bytes in
            for y in 0..<height {
                let (upper, lower, share) = down[y]
                for x in 0..<width {
                    let (left, right, rest) = across[x]
                    let gray = Int(grays[y * width + x])
                    let above =
                        curves[upper * columns + left][gray] * (1 - rest) + curves[upper * columns + right][gray] * rest
                    let below =
                        curves[lower * columns + left][gray] * (1 - rest) + curves[lower * columns + right][gray] * rest
                    let gain = (above * (1 - share) + below * share).rounded() - Float(gray)
                    for i in 3 * (y * width + x)..<3 * (y * width + x) + 3 {
                        bytes[i] = Self.byte(Float(bytes[i]) + gain)
                    }
                }
            }
        }
        return result
    }

    /// What becomes of every value of a tile.
    private static func curve(
        of grays: [UInt8], _ width: Int, columns: Range<Int>, rows: Range<Int>, clip: Double
    ) -> [Float] {
        var counts = [Int](repeating: 0, count: 256)
        for row in rows {
            for column in columns { counts[Int(grays[row * width + column])] += 1 }
        }
        let area = columns.count * rows.count
        let limit = max(Int(clip * Double(area) / 256), 1)
        let excess = counts.reduce(0) { $0 + max($1 - limit, 0) }
        let spread = Float(excess) / 256
        var sum: Float = 0
        return counts.map { count in
            sum += Float(min(count, limit)) + spread
            return (sum * 255 / Float(area)).rounded()
        }
    }
}
