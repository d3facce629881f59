/// An axis-aligned box in pixels, stored as COCO writes it: top-left corner, width and height.
///
/// Coordinates are 0-based and continuous: the box over the first pixel is `(0, 0, 1, 1)`. The stored
/// form is `xywh` in double precision, so that a COCO file read and written again keeps every digit and
/// the COCO metrics see the numbers that the file holds.
public struct Box: Hashable, Sendable {
    public var x: Double
    public var y: Double
    public var width: Double
    public var height: Double

    /// A box from its top-left corner and size (`xywh`).
    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// A box from two corners (`xyxy`).
    public init(x1: Double, y1: Double, x2: Double, y2: Double) {
        self.init(x: x1, y: y1, width: x2 - x1, height: y2 - y1)
    }

    /// A box from its centre and size (`cxcywh`).
    public init(centerX: Double, centerY: Double, width: Double, height: Double) {
        self.init(x: centerX - width / 2, y: centerY - height / 2, width: width, height: height)
    }

    /// The right edge, `x + width`.
    public var x2: Double { x + width }

    /// The bottom edge, `y + height`.
    public var y2: Double { y + height }

    /// Width times height; negative or zero when the box is degenerate in one direction.
    public var area: Double { width * height }

    /// The box with a share of its own size added on every side.
    package func widened(by share: Double) -> Box {
        Box(
            x: x - share * width, y: y - share * height, width: width * (1 + 2 * share),
            height: height * (1 + 2 * share))
    }

    /// Whether both sides are finite and greater than zero.
    public var hasArea: Bool {
        width > 0 && height > 0 && x.isFinite && y.isFinite && width.isFinite && height.isFinite
    }

    /// The part of the box inside an image of the given size; without area when they do not meet.
    public func clipped(toWidth imageWidth: Double, height imageHeight: Double) -> Box {
        let left = min(max(x, 0), imageWidth), top = min(max(y, 0), imageHeight)
        let right = min(max(x2, 0), imageWidth), bottom = min(max(y2, 0), imageHeight)
        return Box(x1: left, y1: top, x2: right, y2: bottom)
    }
}
