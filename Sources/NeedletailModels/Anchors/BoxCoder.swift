import NeedletailGeometry
import NeedletailPlatform

/// Writes a box as offsets from an anchor, and reads it back.
///
/// `dx = wx · (cx - ax) / aw`, `dw = ww · log(w / aw)`, and likewise for y and height.
/// Girshick et al., "Rich feature hierarchies", 2014; numbers as torchvision's `BoxCoder`.
public struct BoxCoder: Codable, Hashable, Sendable {
    /// Weights of x, y, width and height: ones for RetinaNet, (10, 10, 5, 5) for region heads and SSD.
    public var weights: SIMD4<Float>

    /// The greatest size offset that is decoded, `log(1000 / 16)`: keeps `exp` in range. There is no lower limit.
    public static let sizeLimit = Float(log(1000.0 / 16.0))

    public init(weights: SIMD4<Float> = .one) {
        self.weights = weights
    }

    /// The offsets `(dx, dy, dw, dh)` that lead from `anchor` to `box`.
    public func encode(_ box: Corners, anchor: Corners) -> SIMD4<Float> {
        let anchorWidth = anchor.width, anchorHeight = anchor.height
        let width = box.width, height = box.height
        let anchorX = anchor.x1 + 0.5 * anchorWidth, anchorY = anchor.y1 + 0.5 * anchorHeight
        let x = box.x1 + 0.5 * width, y = box.y1 + 0.5 * height
        return SIMD4(
            weights.x * (x - anchorX) / anchorWidth, weights.y * (y - anchorY) / anchorHeight,
            weights.z * log(width / anchorWidth), weights.w * log(height / anchorHeight))
    }

    /// The box that `offsets` lead to from `anchor`.
    public func decode(_ offsets: SIMD4<Float>, anchor: Corners) -> Corners {
        let anchorWidth = anchor.width, anchorHeight = anchor.height
        let scaled = offsets / weights
        let x = scaled.x * anchorWidth + (anchor.x1 + 0.5 * anchorWidth)
        let y = scaled.y * anchorHeight + (anchor.y1 + 0.5 * anchorHeight)
        let halfWidth = 0.5 * (exp(min(scaled.z, Self.sizeLimit)) * anchorWidth)
        let halfHeight = 0.5 * (exp(min(scaled.w, Self.sizeLimit)) * anchorHeight)
        return Corners(x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight)
    }
}

extension BoxCoder {
    /// The derivative with respect to the offsets of what has one with respect to the corners of their box.
    ///
    /// - Parameter box: What the offsets are decoded to.
    func derivative(
        _ byCorner: SIMD4<Float>, box: Corners, offsets: SIMD4<Float>, anchor: Corners
    ) -> SIMD4<Float> {
        let width = box.width, height = box.height
        let anchorWidth = anchor.width, anchorHeight = anchor.height
        let isWidthLimited = offsets.z / weights.z > Self.sizeLimit
        let isHeightLimited = offsets.w / weights.w > Self.sizeLimit
        return SIMD4<Float>(
            (byCorner.x + byCorner.z) * anchorWidth,
            (byCorner.y + byCorner.w) * anchorHeight,
            isWidthLimited ? 0 : (byCorner.z - byCorner.x) * 0.5 * width,
            isHeightLimited ? 0 : (byCorner.w - byCorner.y) * 0.5 * height) / weights
    }
}
