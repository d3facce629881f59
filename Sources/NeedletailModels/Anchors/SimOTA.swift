import NeedletailGeometry
import NeedletailPlatform

/// Decides which cells should predict which object by what it would cost at the moment.
///
/// Of the cells near an object's centre those are its own where class and box are cheapest to get right, as many as the
/// best boxes there already overlap it. Ge et al., "YOLOX", 2021, section 2.1, as Megvii's program has it: a simplified
/// "OTA: Optimal Transport Assignment", 2021.
public struct SimOTA: Hashable, Sendable {
    /// How far a cell's centre may be from an object's, in cells, along each axis.
    public var centerRadius: Float = 1.5
    /// Overlaps of an object that are summed up to the number of its cells.
    public var overlapCount = 10
    /// What the cost of a box counts beside that of the class.
    public var overlapWeight = 3.0

    public init() {}

    /// A cell with the object that it is to predict.
    public struct Match: Hashable, Sendable {
        /// Counted over all levels.
        public var cell: Int
        public var object: Int
        /// IoU of the box that it predicts now with the object.
        public var overlap: Float
    }

    /// What a cell that may be given an object predicts now.
    struct Candidate {
        var cell: Int
        var box: CenteredBox
        /// The objects whose centre is near.
        var near: [Int]
        /// The logarithm of `p`, and of `1 - p`, for each class, where `p` is the root of the product of the probabilities
        /// of an object and of the class.
        var logProbabilities: [(of: Double, against: Double)]
    }

    /// - Parameters:
    ///   - candidates: By cell.
    ///   - classes: The classification output of each object.
    /// - Returns: By cell, each at most once.
    func matches(_ candidates: [Candidate], objects: [CenteredBox], classes: [Int]) -> [Match] {
        guard !candidates.isEmpty else { return [] }
        let background = candidates.map { candidate in
            candidate.logProbabilities.reduce(0.0) { $0 - $1.against }
        }
        // For each object the overlap with every candidate's box, and its cost.
        var overlaps: [[Float]] = [], costs: [[Double]] = []
        for (object, box) in objects.enumerated() {
            let row = candidates.map { box.overlap(with: $0.box) }
            costs.append(
                candidates.indices.map { index in
                    let logs = candidates[index].logProbabilities[classes[object]]
                    let classCost = background[index] + logs.against - logs.of
                    let isNear = candidates[index].near.contains(object)
                    return classCost - overlapWeight * log(Double(row[index]) + 1e-8) + (isNear ? 0 : 1e6)
                })
            overlaps.append(row)
        }
        var claims = [[Int]](repeating: [], count: candidates.count)
        for object in objects.indices {
            let sum = overlaps[object].sorted(by: >).prefix(overlapCount).reduce(Float(0), +)
            let order = candidates.indices.sorted {
                (costs[object][$0], $0) < (costs[object][$1], $1)
            }
            for index in order.prefix(max(Int(saturating: sum), 1)) { claims[index].append(object) }
        }
        return claims.enumerated().compactMap { index, claimants in
            guard var object = claimants.first else { return nil }
            // A cell that several claim goes to the object, of all, that it is cheapest for.
            if claimants.count > 1 {
                object = objects.indices.min { (costs[$0][index], $0) < (costs[$1][index], $1) } ?? object
            }
            return Match(cell: candidates[index].cell, object: object, overlap: overlaps[object][index])
        }
    }
}

extension CenteredBox {
    /// Intersection over union; 0 when the two do not meet.
    func overlap(with other: CenteredBox) -> Float {
        let low = pointwiseMax(center - size / 2, other.center - other.size / 2)
        let high = pointwiseMin(center + size / 2, other.center + other.size / 2)
        guard low.x < high.x, low.y < high.y else { return 0 }
        let intersection = (high.x - low.x) * (high.y - low.y)
        return intersection / (size.x * size.y + other.size.x * other.size.y - intersection)
    }
}
