import NeedletailGeometry

/// Writes a box as the distances of its sides from the centre of a square anchor, in sides of the anchor, and reads it back.
///
/// Left, top, right, bottom. Tian et al., "FCOS", 2019; numbers as torchvision's `BoxLinearCoder`.
public struct DistanceCoder: Hashable, Sendable {
    public init() {}

    /// Negative where the box does not hold the centre.
    public func encode(_ box: Corners, anchor: Corners) -> SIMD4<Float> {
        let center = anchor.center
        return SIMD4(center.x - box.x1, center.y - box.y1, box.x2 - center.x, box.y2 - center.y)
            / SIMD4(anchor.width, anchor.height, anchor.width, anchor.height)
    }

    public func decode(_ distances: SIMD4<Float>, anchor: Corners) -> Corners {
        let center = anchor.center
        let pixels = distances * SIMD4(anchor.width, anchor.height, anchor.width, anchor.height)
        return Corners(center.x - pixels.x, center.y - pixels.y, center.x + pixels.z, center.y + pixels.w)
    }

    /// The derivative with respect to the distances of what has one with respect to the corners of their box.
    func derivative(_ byCorner: SIMD4<Float>, anchor: Corners) -> SIMD4<Float> {
        byCorner * SIMD4(-anchor.width, -anchor.height, anchor.width, anchor.height)
    }

    /// How near to the middle of a box the centre of an anchor in it is, 0 to 1: FCOS's centre-ness.
    public func centerness(of box: Corners, anchor: Corners) -> Float {
        let distances = encode(box, anchor: anchor)
        let across = min(distances.x, distances.z) / max(distances.x, distances.z)
        let down = min(distances.y, distances.w) / max(distances.y, distances.w)
        return (across * down).squareRoot()
    }
}
