import NeedletailDatasets
import NeedletailRandom

/// Widths and heights that the boxes of a dataset gather around.
///
/// k-means with one minus the overlap (IoU of boxes with a common centre) as the distance, as in Redmon and Farhadi,
/// "YOLO9000", 2016; started by k-means++ (Arthur and Vassilvitskii, 2007) from a seed, so that the same boxes give
/// the same anchors. A centre is the mean width and height of its boxes.
public struct SuggestedAnchors: Encodable, Hashable, Sendable {
    public struct Anchor: Encodable, Hashable, Sendable {
        public var width: Double
        public var height: Double
        /// How many boxes it is the nearest to.
        public var boxes: Int
    }

    /// By area, the smallest first.
    public var anchors: [Anchor] = []
    /// Of boxes with their best anchor: what YOLO9000 calls average IoU.
    public var meanOverlap = 0.0
    /// The share of boxes whose best anchor overlaps them by at least one half.
    public var shareAboveHalf = 0.0
    /// The longer side that images were resized to, or nil for images as they are.
    public var imageSide: Int?

    /// More boxes are thinned out evenly.
    static let mostBoxes = 100_000
    private static let mostRounds = 300

    init(_ dataset: Dataset, count: Int, imageSide: Int?, seed: UInt64) {
        let table = dataset.annotations
        var sizes: [SIMD2<Double>] = []
        for row in 0..<table.count where !table.isCrowd(row) && table.hasArea(row) {
            let box = table.box(of: row)
            let image = dataset.images[table.image(of: row)]
            guard imageSide == nil || image.hasSize else { continue }
            let scale = imageSide.map { Double($0) / Double(max(image.width, image.height)) } ?? 1
            sizes.append(SIMD2(box.width, box.height) * scale)
        }
        self.init(sizes, count: count, imageSide: imageSide, seed: seed)
    }

    /// - Parameter sizes: Widths and heights, greater than 0.
    package init(_ sizes: [SIMD2<Double>], count: Int, imageSide: Int? = nil, seed: UInt64 = 0) {
        self.imageSide = imageSide
        let step = max(1, (sizes.count + Self.mostBoxes - 1) / Self.mostBoxes)
        let sizes = stride(from: 0, to: sizes.count, by: step).map { sizes[$0] }
        guard !sizes.isEmpty, count > 0 else { return }
        var centers = Self.start(sizes, count: count, seed: seed)
        var nearest = [Int](repeating: -1, count: sizes.count)
        for _ in 0..<Self.mostRounds {
            let before = nearest
            for (index, size) in sizes.enumerated() { nearest[index] = Self.nearest(size, centers).index }
            if nearest == before { break }
            var sums = [SIMD2<Double>](repeating: .zero, count: centers.count)
            var members = [Double](repeating: 0, count: centers.count)
            for (size, center) in zip(sizes, nearest) {
                sums[center] += size
                members[center] += 1
            }
            for center in centers.indices where members[center] > 0 { centers[center] = sums[center] / members[center] }
        }
        let order = centers.indices.sorted { centers[$0].x * centers[$0].y < centers[$1].x * centers[$1].y }
        anchors = order.map { center in
            Anchor(
                width: centers[center].x, height: centers[center].y, boxes: step * nearest.count { $0 == center })
        }
        let overlaps = sizes.map { Self.nearest($0, centers).overlap }
        meanOverlap = overlaps.reduce(0, +) / Double(overlaps.count)
        shareAboveHalf = Double(overlaps.count { $0 >= 0.5 }) / Double(overlaps.count)
    }

    /// Boxes far from the centres chosen so far are likelier to become the next one.
    private static func start(_ sizes: [SIMD2<Double>], count: Int, seed: UInt64) -> [SIMD2<Double>] {
        var random = RandomStream(seed: seed, name: "anchors")
        var centers = [sizes[Int(random.next() % UInt64(sizes.count))]]
        var distances = sizes.map { 1 - overlap($0, centers[0]) }
        while centers.count < count {
            let total = distances.reduce(0) { $0 + $1 * $1 }
            // Fewer different sizes than anchors.
            guard total > 0 else { break }
            var rest = Double(random.nextUnit()) * total
            var chosen = distances.lastIndex { $0 > 0 } ?? 0
            for (index, distance) in distances.enumerated() where distance > 0 {
                rest -= distance * distance
                if rest < 0 {
                    chosen = index
                    break
                }
            }
            centers.append(sizes[chosen])
            for (index, size) in sizes.enumerated() {
                distances[index] = min(distances[index], 1 - overlap(size, sizes[chosen]))
            }
        }
        return centers
    }

    private static func nearest(
        _ size: SIMD2<Double>, _ centers: [SIMD2<Double>]
    ) -> (index: Int, overlap: Double) {
        var best = (index: 0, overlap: -1.0)
        for (index, center) in centers.enumerated() {
            let overlap = overlap(size, center)
            if overlap > best.overlap { best = (index, overlap) }
        }
        return best
    }

    /// Intersection over union of two boxes with a common centre.
    private static func overlap(_ left: SIMD2<Double>, _ right: SIMD2<Double>) -> Double {
        let common = min(left.x, right.x) * min(left.y, right.y)
        return common / (left.x * left.y + right.x * right.y - common)
    }
}
