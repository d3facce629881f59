import NeedletailGeometry

/// Decides which object each anchor should predict by a threshold of IoU that each object sets for itself.
///
/// An object's candidates are the anchors of the cells nearest to its centre, on every level. Those whose IoU with it is
/// at least the mean of the candidates' plus their standard deviation, and whose centre lies inside it, become its own;
/// an anchor that several objects claim goes to the one that it overlaps most. All others are background, none is ignored.
/// Small objects, which no anchor overlaps much, so get about as many anchors as large ones: with fixed thresholds they get
/// few or one, and a rare class of small objects is learned late.
///
/// Zhang et al., "Bridging the Gap Between Anchor-based and Anchor-free Detection via Adaptive Training Sample Selection",
/// 2020, algorithm 1, with all anchors of a cell as candidates. Unlike there, an object whose candidates all fail keeps the
/// best of them.
public struct AdaptiveAnchorSelection: Codable, Hashable, Sendable {
    /// Cells of each level that give candidates.
    public var cellsPerLevel: Int

    public init(cellsPerLevel: Int = 9) {
        self.cellsPerLevel = cellsPerLevel
    }

    /// The object of each anchor: an index into `objects` or ``AnchorMatcher/background``.
    ///
    /// Cost: `O(anchors + cells · objects)`.
    ///
    /// - Parameters:
    ///   - anchors: Of each level, cell by cell.
    ///   - anchorsPerCell: Consecutive anchors that share a cell.
    public func matches(anchors: [[Corners]], anchorsPerCell: Int, objects: [Corners]) -> [Int32] {
        var result = [Int32](repeating: AnchorMatcher.background, count: anchors.reduce(0) { $0 + $1.count })
        var bestOverlap = [Float](repeating: 0, count: result.count)
        for (object, box) in objects.enumerated() {
            var candidates: [(index: Int, overlap: Float, isInside: Bool)] = []
            var start = 0
            for level in anchors {
                for cell in nearestCells(to: box.center, level: level, anchorsPerCell: anchorsPerCell) {
                    for index in cell * anchorsPerCell..<(cell + 1) * anchorsPerCell {
                        candidates.append(
                            (
                                start + index, box.intersectionOverUnion(with: level[index]),
                                box.contains(level[index].center)
                            ))
                    }
                }
                start += level.count
            }
            let threshold = Self.threshold(candidates.map(\.overlap))
            var chosen = candidates.filter { $0.overlap >= threshold && $0.isInside && $0.overlap > 0 }
            if chosen.isEmpty, let best = candidates.max(by: { $0.overlap < $1.overlap }) { chosen = [best] }
            for candidate in chosen
            // Strictly greater: of equal overlaps the first object wins.
            where result[candidate.index] < 0 || candidate.overlap > bestOverlap[candidate.index] {
                result[candidate.index] = Int32(object)
                bestOverlap[candidate.index] = candidate.overlap
            }
        }
        return result
    }

    /// The cells of a level whose centres are nearest, nearest first; of equally near ones the first.
    private func nearestCells(to center: SIMD2<Float>, level: [Corners], anchorsPerCell: Int) -> [Int] {
        var nearest: [(cell: Int, distance: Float)] = []
        for cell in 0..<level.count / anchorsPerCell {
            let offset = level[cell * anchorsPerCell].center - center
            let distance = (offset * offset).sum()
            if nearest.count == cellsPerLevel, distance >= nearest[nearest.count - 1].distance { continue }
            let place = nearest.firstIndex { distance < $0.distance } ?? nearest.count
            nearest.insert((cell, distance), at: place)
            if nearest.count > cellsPerLevel { nearest.removeLast() }
        }
        return nearest.map(\.cell)
    }

    /// Mean plus standard deviation (with Bessel's correction, as the authors' program has it).
    private static func threshold(_ overlaps: [Float]) -> Float {
        let count = Float(overlaps.count)
        guard count > 1 else { return 0 }
        let mean = overlaps.reduce(0, +) / count
        let variance = overlaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        return mean + variance.squareRoot()
    }
}

extension Corners {
    fileprivate func contains(_ point: SIMD2<Float>) -> Bool {
        point.x > x1 && point.x < x2 && point.y > y1 && point.y < y2
    }
}
