import NeedletailPlatform

/// 64 bits that hardly change when a picture is compressed, resized or made brighter.
///
/// The signs, against their median, of the 8 x 8 lowest frequencies of a 32 x 32 reduction (the discrete cosine
/// transform; Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010). The mean is left
/// out: frequencies 1 to 8 of both directions.
struct PerceptualHash: Hashable, Sendable, Codable {
    let bits: UInt64

    static let gridSide = 32

    /// - Precondition: The grid has 32 x 32 cells.
    init(_ grid: LumaGrid) {
        precondition(grid.side == Self.gridSide, "a grid of \(grid.side) cells")
        let side = Self.gridSide
        // Rows first, then columns: [frequency, row], then [frequency, frequency].
        var rows = [Float](repeating: 0, count: 8 * side)
        for frequency in 0..<8 {
            for y in 0..<side {
                var sum: Float = 0
                for x in 0..<side { sum += Self.cosines[frequency * side + x] * grid.values[y * side + x] }
                rows[frequency * side + y] = sum
            }
        }
        var coefficients = [Float](repeating: 0, count: 64)
        for vertical in 0..<8 {
            for horizontal in 0..<8 {
                var sum: Float = 0
                for y in 0..<side { sum += Self.cosines[vertical * side + y] * rows[horizontal * side + y] }
                coefficients[vertical * 8 + horizontal] = sum
            }
        }
        let sorted = coefficients.sorted()
        let median = (sorted[31] + sorted[32]) / 2
        bits = coefficients.enumerated().reduce(0) { $1.element > median ? $0 | 1 << UInt64($1.offset) : $0 }
    }

    /// In how many bits two hashes differ.
    func distance(to other: PerceptualHash) -> Int { (bits ^ other.bits).nonzeroBitCount }

    private static let cosines: [Float] = (1...8).flatMap { frequency in
        (0..<gridSide).map { Float(cos(Double.pi / Double(gridSide) * (Double($0) + 0.5) * Double(frequency))) }
    }
}
