import NeedletailGeometry

/// SSD's reference boxes: some shapes at every cell of every map, measured in shares of the input.
///
/// Liu et al., "SSD: Single Shot MultiBox Detector", 2016, section 2.2; numbers and order as torchvision's
/// `DefaultBoxGenerator`.
public struct DefaultBoxes: Hashable, Sendable {
    /// Sides of the square boxes as shares of the input's: one for each map, and one beyond.
    public var scales: [Double]
    /// Ratios of sides beside 1, for each map; each stands for a wide and a tall box.
    public var aspectRatios: [[Double]]
    /// Pixels from one cell to the next, for each map; nil where the cells of a map divide the input among them.
    public var steps: [Int]?

    /// - Precondition: A scale more than there are maps, and as many steps as maps, if there are any.
    public init(scales: [Double], aspectRatios: [[Double]], steps: [Int]? = nil) {
        precondition(scales.count == aspectRatios.count + 1, "\(scales.count) scales for \(aspectRatios.count) maps")
        precondition(steps.map { $0.count == aspectRatios.count } ?? true, "as many steps as maps")
        self.scales = scales
        self.aspectRatios = aspectRatios
        self.steps = steps
    }

    /// Boxes at each cell of a map.
    public func countPerCell(map: Int) -> Int { 2 + 2 * aspectRatios[map].count }

    /// Width and height of the boxes of a cell, as shares of the input's; none is larger than the input.
    public func sizes(map: Int) -> [SIMD2<Float>] {
        let scale = scales[map], between = (scale * scales[map + 1]).squareRoot()
        var sizes = [SIMD2(scale, scale), SIMD2(between, between)]
        for ratio in aspectRatios[map] {
            let root = ratio.squareRoot()
            let wide = SIMD2(scale * root, scale / root)
            sizes += [wide, SIMD2(wide.y, wide.x)]
        }
        return sizes.map { pointwiseMin(SIMD2<Float>($0), .one) }
    }

    /// The boxes of every map, in pixels of the input.
    ///
    /// The order is map, row, column, shape. They reach beyond the border.
    ///
    /// - Parameter featureSizes: Height and width of each map, finest first.
    /// - Precondition: As many maps as ``aspectRatios``.
    public func boxes(
        featureSizes: [(height: Int, width: Int)], inputHeight: Int, inputWidth: Int
    ) -> [[Corners]] {
        precondition(
            featureSizes.count == aspectRatios.count,
            "boxes for \(aspectRatios.count) maps, not \(featureSizes.count)")
        let input = SIMD2(Float(inputWidth), Float(inputHeight))
        return featureSizes.enumerated().map { map, feature in
            let cells =
                steps.map { SIMD2<Float>(SIMD2(Double(inputWidth), Double(inputHeight)) / Double($0[map])) }
                ?? SIMD2(Float(feature.width), Float(feature.height))
            let halves = sizes(map: map).map { 0.5 * $0 }
            var boxes: [Corners] = []
            boxes.reserveCapacity(feature.height * feature.width * halves.count)
            for row in 0..<feature.height {
                for column in 0..<feature.width {
                    let center = (SIMD2(Float(column), Float(row)) + 0.5) / cells
                    for half in halves {
                        let low = (center - half) * input, high = (center + half) * input
                        boxes.append(Corners(low.x, low.y, high.x, high.y))
                    }
                }
            }
            return boxes
        }
    }
}
