/// A box as two corners `(x1, y1, x2, y2)` in single precision: what anchors, regression and suppression use.
public typealias Corners = SIMD4<Float>

extension SIMD4<Float> {
    /// Width, `x2 - x1`.
    @inlinable public var boxWidth: Float { z - x }
    /// Height, `y2 - y1`.
    @inlinable public var boxHeight: Float { w - y }
    /// Width times height.
    @inlinable public var boxArea: Float { (z - x) * (w - y) }

    /// Intersection over union of two boxes, 0 when they do not meet; NaN for two boxes without area.
    ///
    /// The order of the operations is torchvision's `box_iou`, so results agree to the bit.
    @inlinable
    public func intersectionOverUnion(with other: Corners) -> Float {
        let width = Swift.max(Swift.min(z, other.z) - Swift.max(x, other.x), 0)
        let height = Swift.max(Swift.min(w, other.w) - Swift.max(y, other.y), 0)
        let intersection = width * height
        return intersection / (boxArea + other.boxArea - intersection)
    }

    /// The box moved inside an image of the given size.
    @inlinable
    public func clipped(width: Float, height: Float) -> Corners {
        let limits = Corners(width, height, width, height)
        return pointwiseMax(pointwiseMin(self, limits), .zero)
    }
}

extension Box {
    /// The box from single-precision corners; width and height are taken in single precision, as the reference
    /// converts its results to COCO's form.
    public init(_ corners: Corners) {
        self.init(
            x: Double(corners.x), y: Double(corners.y), width: Double(corners.boxWidth),
            height: Double(corners.boxHeight))
    }

    /// The corners in single precision.
    public var corners: Corners { Corners(Float(x), Float(y), Float(x2), Float(y2)) }
}
