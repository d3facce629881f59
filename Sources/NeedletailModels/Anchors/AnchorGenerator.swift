import NeedletailGeometry

/// Reference boxes of several sizes and shapes at every cell of every feature map.
///
/// Ren et al., "Faster R-CNN", 2015; numbers and order as torchvision's `AnchorGenerator`.
public struct AnchorGenerator: Codable, Hashable, Sendable {
    /// Sizes (square root of the area, in pixels) of each pyramid level.
    public var sizes: [[Float]]
    /// Height divided by width.
    public var aspectRatios: [Float]

    public init(sizes: [[Float]], aspectRatios: [Float]) {
        self.sizes = sizes
        self.aspectRatios = aspectRatios
    }

    /// - Throws: `DecodingError` where these are no anchors, or so many that nobody has meant them.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        sizes = try container.decode([[Float]].self, forKey: .sizes)
        aspectRatios = try container.decode([Float].self, forKey: .aspectRatios)
        let counts = Set(sizes.map(\.count))
        guard (1...16).contains(sizes.count), counts.count == 1, (1...64).contains(counts.first ?? 0),
            sizes.joined().allSatisfy({ (0.1...100_000).contains($0) })
        else { throw container.refusal(.sizes, "are not as many sizes from 0.1 to 100,000 pixels for each level") }
        guard (1...64).contains(aspectRatios.count), aspectRatios.allSatisfy({ (0.001...1000).contains($0) }) else {
            throw container.refusal(.aspectRatios, "are not up to 64 numbers from 0.001 to 1000")
        }
    }

    /// RetinaNet's anchors, from 32 pixels.
    public static let retinaNet = retinaNet(smallestSize: 32)

    /// Three octave-spaced sizes, truncated to integers, in some shapes on each of five levels.
    ///
    /// - Parameters:
    ///   - smallestSize: The first size of the finest level, in pixels of the input; RetinaNet has 32. An object much
    ///     smaller than it matches no anchor well.
    ///   - aspectRatios: Height divided by width; RetinaNet's three unless given.
    public static func retinaNet(smallestSize: Int, aspectRatios: [Float] = [0.5, 1, 2]) -> AnchorGenerator {
        AnchorGenerator(
            sizes: (0..<5).map { level in
                let base = Double(smallestSize << level)
                // 2^(1/3) and 2^(2/3), then towards zero, as the reference truncates.
                return [base, base * 1.259_921_049_894_873_2, base * 1.587_401_051_968_199_4].map { Float(Int($0)) }
            },
            aspectRatios: aspectRatios)
    }

    /// Anchors at each cell: the same on all levels.
    ///
    /// - Precondition: Every level has as many sizes.
    public var countPerCell: Int { (sizes.first?.count ?? 0) * aspectRatios.count }

    /// The anchors of one cell of a level, around the origin, ratio by ratio and size by size.
    ///
    /// `w = size / √ratio`, `h = size · √ratio`, and corners are rounded half to even: with Swift's usual rounding
    /// away from zero a size such as 101 would give a box one pixel larger.
    public func cellAnchors(level: Int) -> [Corners] {
        aspectRatios.flatMap { ratio in
            let heightRatio = ratio.squareRoot()
            let widthRatio = 1 / heightRatio
            return sizes[level].map { size in
                let width = widthRatio * size, height = heightRatio * size
                return Corners((SIMD4(-width, -height, width, height) / 2).rounded(.toNearestOrEven))
            }
        }
    }

    /// Returns the anchors of every pyramid level, in pixels of the padded input.
    ///
    /// The order is level, row, column, aspect ratio, size. A level's stride is the input's size divided by the
    /// feature map's, rounded down, for each axis; centres lie at multiples of it without a half-cell offset.
    /// Anchors are neither clipped nor dropped at the border. detectron2 puts size before ratio and does not
    /// round, so its weights need their head channels permuted.
    ///
    /// - Parameters:
    ///   - featureSizes: Height and width of each level, finest first.
    ///   - inputHeight: Height of the padded input; likewise `inputWidth`.
    /// - Returns: For each level `height · width · countPerCell` boxes.
    /// - Precondition: `featureSizes.count == sizes.count`.
    public func anchors(featureSizes: [(height: Int, width: Int)], inputHeight: Int, inputWidth: Int) -> [[Corners]] {
        precondition(
            featureSizes.count == sizes.count, "anchors for \(sizes.count) levels, not \(featureSizes.count)")
        return featureSizes.enumerated().map { level, feature in
            let strideX = Float(inputWidth / feature.width), strideY = Float(inputHeight / feature.height)
            let cell = cellAnchors(level: level)
            var anchors: [Corners] = []
            anchors.reserveCapacity(feature.height * feature.width * cell.count)
            for row in 0..<feature.height {
                for column in 0..<feature.width {
                    let x = Float(column) * strideX, y = Float(row) * strideY
                    for anchor in cell { anchors.append(anchor.moved(byX: x, y: y)) }
                }
            }
            return anchors
        }
    }
}
