import NeedletailGeometry

/// A rectangle of whole pixels.
public struct PixelRectangle: Hashable, Sendable {
    public var x: Int
    public var y: Int
    public var width: Int
    public var height: Int

    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    public var box: Box { Box(x: Double(x), y: Double(y), width: Double(width), height: Double(height)) }

    /// The pixels of both; without any where they do not meet.
    public func intersection(_ other: PixelRectangle) -> PixelRectangle {
        let left = max(x, other.x), top = max(y, other.y)
        return PixelRectangle(
            x: left, y: top, width: max(min(x + width, other.x + other.width) - left, 0),
            height: max(min(y + height, other.y + other.height) - top, 0))
    }
}

extension Image {
    /// All pixels.
    package var frame: PixelRectangle { PixelRectangle(x: 0, y: 0, width: width, height: height) }

    /// Lays another image over this one with its corner at (`x`, `y`), as far as it lies in a region.
    ///
    /// - Parameter share: Of the other image, 0 to 1; 1 hides what is beneath.
    /// - Precondition: Both are RGB.
    package mutating func place(_ other: Image, x: Int, y: Int, within region: PixelRectangle, share: Float = 1) {
        let seen = PixelRectangle(x: x, y: y, width: other.width, height: other.height)
            .intersection(region).intersection(frame)
        guard seen.width > 0, seen.height > 0 else { return }
        let (stride, length) = (rowStride, 3 * seen.width)
        withUnsafeMutableBytes { target in
            other.withUnsafeBytes { source in
                guard let target = target.baseAddress, let source = source.baseAddress else { return }
                for row in seen.y..<seen.y + seen.height {
                    let to = target + row * stride + 3 * seen.x
                    let from = source + (row - y) * other.rowStride + 3 * (seen.x - x)
                    if share == 1 {
                        to.update(from: from, count: length)
                    } else {
                        for i in 0..<length {
                            let value = Float(to[i]) * (1 - share) + Float(from[i]) * share + 0.5
                            to[i] = UInt8(truncatingIfNeeded: Int32(value))
                        }
                    }
                }
            }
        }
    }

    /// Paints a rectangle, as far as it lies in the image.
    package mutating func fill(_ rectangle: PixelRectangle, with color: Color) {
        let seen = rectangle.intersection(frame)
        guard seen.width > 0, seen.height > 0 else { return }
        place(Image(width: seen.width, height: seen.height, filledWith: color), x: seen.x, y: seen.y, within: seen)
    }
}
