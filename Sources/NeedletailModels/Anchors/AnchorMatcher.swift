import NeedletailGeometry

/// Decides which object each anchor should predict, by IoU.
///
/// An anchor takes its best object. Below `low` it is background; from `low` to `high` it is ignored. Then every
/// object gets back all anchors that overlap it as much as any does, so that none goes without. Such an anchor keeps
/// *its own* best object, which may be another one: torchvision's `Matcher` with `allow_low_quality_matches`.
///
/// Example: objects A and B, anchors with IoU (A .7, B .2), (A .45, B .1), (A .1, B .3) and (A 0, B .2) and the
/// thresholds 0.4 and 0.5 become A, ignored, B (the best that B has, though under .4) and background.
public struct AnchorMatcher: Codable, Hashable, Sendable {
    public var low: Float
    public var high: Float
    /// Whether objects without a good anchor get their best ones, low-quality matches.
    public var allowsLowQualityMatches: Bool

    public init(low: Float = 0.4, high: Float = 0.5, allowsLowQualityMatches: Bool = true) {
        self.low = low
        self.high = high
        self.allowsLowQualityMatches = allowsLowQualityMatches
    }

    /// The anchor predicts nothing.
    public static let background: Int32 = -1
    /// The anchor takes no part in the classification loss.
    public static let ignored: Int32 = -2

    /// The object of each anchor: an index into `objects`, ``background`` or ``ignored``.
    ///
    /// Cost: `O(anchors · objects)`.
    ///
    /// - Precondition: All boxes have area; a box without would claim every anchor it does not touch.
    public func matches(anchors: [Corners], objects: [Corners]) -> [Int32] {
        guard !objects.isEmpty else { return [Int32](repeating: Self.background, count: anchors.count) }
        var best = [Int32](repeating: 0, count: anchors.count)
        var bestOverlap = [Float](repeating: -1, count: anchors.count)
        var greatest = [Float](repeating: 0, count: objects.count)
        for (object, box) in objects.enumerated() {
            var greatestHere: Float = 0
            for (index, anchor) in anchors.enumerated() {
                let overlap = box.intersectionOverUnion(with: anchor)
                // Strictly greater: of equal overlaps the first object wins.
                if overlap > bestOverlap[index] {
                    bestOverlap[index] = overlap
                    best[index] = Int32(object)
                }
                greatestHere = max(greatestHere, overlap)
            }
            greatest[object] = greatestHere
        }
        var result = best
        for index in anchors.indices {
            if bestOverlap[index] < low {
                result[index] = Self.background
            } else if bestOverlap[index] < high {
                result[index] = Self.ignored
            }
        }
        guard allowsLowQualityMatches else { return result }
        for (object, box) in objects.enumerated() {
            for (index, anchor) in anchors.enumerated()
            where result[index] < 0 && box.intersectionOverUnion(with: anchor) == greatest[object] {
                result[index] = best[index]
            }
        }
        return result
    }
}
