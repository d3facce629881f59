import NeedletailGeometry

/// Decides which object each of SSD's boxes should predict: its best, where they overlap enough; and every object has the
/// box that overlaps it most for its own, whatever else that box overlaps.
///
/// Liu et al., "SSD", 2016, section 2.2; as torchvision's `SSDMatcher`. Of objects that claim one box the last gets it.
public struct MultiboxMatcher: Hashable, Sendable {
    /// The least IoU of a box and its object.
    public var threshold: Float

    public init(threshold: Float = 0.5) {
        self.threshold = threshold
    }

    /// The object of each box: an index into `objects` or ``AnchorMatcher/background``.
    ///
    /// Cost: `O(boxes · objects)`.
    public func matches(boxes: [Corners], objects: [Corners]) -> [Int32] {
        let matcher = AnchorMatcher(low: threshold, high: threshold, allowsLowQualityMatches: false)
        var result = matcher.matches(anchors: boxes, objects: objects)
        for (object, corners) in objects.enumerated() {
            var best: (index: Int, overlap: Float)?
            for (index, box) in boxes.enumerated() {
                let overlap = corners.intersectionOverUnion(with: box)
                // Strictly greater: of equal overlaps the first box wins.
                if overlap > best?.overlap ?? -1 { best = (index, overlap) }
            }
            if let best { result[best.index] = Int32(object) }
        }
        return result
    }
}
