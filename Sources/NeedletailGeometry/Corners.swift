/// A box as two corners `(x1, y1, x2, y2)` in single precision: what anchors, regression and suppression use.
@frozen
public struct Corners: Hashable, Sendable {
    /// `(x1, y1, x2, y2)`.
    public var vector: SIMD4<Float>

    @inlinable public init(_ vector: SIMD4<Float>) { self.vector = vector }

    @inlinable
    public init(_ x1: Float, _ y1: Float, _ x2: Float, _ y2: Float) { vector = SIMD4(x1, y1, x2, y2) }

    @inlinable public var x1: Float { vector.x }
    @inlinable public var y1: Float { vector.y }
    @inlinable public var x2: Float { vector.z }
    @inlinable public var y2: Float { vector.w }

    @inlinable public var width: Float { vector.z - vector.x }
    @inlinable public var height: Float { vector.w - vector.y }
    @inlinable public var area: Float { (vector.z - vector.x) * (vector.w - vector.y) }
    @inlinable public var center: SIMD2<Float> { (SIMD2(vector.x, vector.y) + SIMD2(vector.z, vector.w)) / 2 }

    /// Intersection over union of two boxes, 0 when they do not meet; NaN for two boxes without area.
    ///
    /// The order of the operations is torchvision's `box_iou`, so results agree to the bit.
    @inlinable
    public func intersectionOverUnion(with other: Corners) -> Float {
        let width = max(min(x2, other.x2) - max(x1, other.x1), 0)
        let height = max(min(y2, other.y2) - max(y1, other.y1), 0)
        let intersection = width * height
        return intersection / (area + other.area - intersection)
    }

    /// The box moved inside an image of the given size.
    @inlinable
    public func clipped(width: Float, height: Float) -> Corners {
        let limits = SIMD4(width, height, width, height)
        return Corners(pointwiseMax(pointwiseMin(vector, limits), .zero))
    }

    @inlinable
    public func moved(byX x: Float, y: Float) -> Corners { Corners(vector + SIMD4(x, y, x, y)) }

    /// The box in an image of which each axis has been multiplied by a factor.
    @inlinable
    public func scaled(byX x: Float, y: Float) -> Corners { Corners(vector * SIMD4(x, y, x, y)) }
}

extension Box {
    /// The box from single-precision corners; width and height are taken in single precision, as the reference
    /// converts its results to COCO's form.
    public init(_ corners: Corners) {
        self.init(
            x: Double(corners.x1), y: Double(corners.y1), width: Double(corners.width), height: Double(corners.height))
    }

    /// The corners in single precision.
    public var corners: Corners { Corners(Float(x), Float(y), Float(x2), Float(y2)) }
}
