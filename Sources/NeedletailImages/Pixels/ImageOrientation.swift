import NeedletailGeometry

/// How a stored picture has to be turned to stand upright: the values of EXIF's `Orientation` tag (0x0112).
public enum ImageOrientation: Int, Hashable, Sendable, Codable, CaseIterable {
    case upright = 1
    case mirroredHorizontally = 2
    case rotated180 = 3
    case mirroredVertically = 4
    /// Rows and columns swapped.
    case transposed = 5
    /// Stands upright after a quarter turn clockwise: what most phones held upright write.
    case needsClockwiseTurn = 6
    /// Rows and columns swapped along the other diagonal.
    case transversed = 7
    /// Stands upright after a quarter turn counterclockwise.
    case needsCounterclockwiseTurn = 8

    /// Whether width and height change places.
    public var swapsSides: Bool { rawValue >= 5 }

    /// The pixel of a stored image of `width` by `height` that is shown at (`x`, `y`) of the upright one.
    func source(x: Int, y: Int, width: Int, height: Int) -> (x: Int, y: Int) {
        switch self {
        case .upright: (x, y)
        case .mirroredHorizontally: (width - 1 - x, y)
        case .rotated180: (width - 1 - x, height - 1 - y)
        case .mirroredVertically: (x, height - 1 - y)
        case .transposed: (y, x)
        case .needsClockwiseTurn: (y, height - 1 - x)
        case .transversed: (width - 1 - y, height - 1 - x)
        case .needsCounterclockwiseTurn: (width - 1 - y, x)
        }
    }

    /// A box drawn on the stored pixels, as it lies on the upright image.
    ///
    /// - Parameters:
    ///   - width: Width of the stored image, in pixels.
    ///   - height: Height of the stored image, in pixels.
    public func upright(_ box: Box, width: Int, height: Int) -> Box {
        let width = Double(width), height = Double(height)
        return switch self {
        case .upright: box
        case .mirroredHorizontally:
            Box(x: width - box.x2, y: box.y, width: box.width, height: box.height)
        case .rotated180:
            Box(x: width - box.x2, y: height - box.y2, width: box.width, height: box.height)
        case .mirroredVertically:
            Box(x: box.x, y: height - box.y2, width: box.width, height: box.height)
        case .transposed:
            Box(x: box.y, y: box.x, width: box.height, height: box.width)
        case .needsClockwiseTurn:
            Box(x: height - box.y2, y: box.x, width: box.height, height: box.width)
        case .transversed:
            Box(x: height - box.y2, y: width - box.x2, width: box.height, height: box.width)
        case .needsCounterclockwiseTurn:
            Box(x: box.y, y: width - box.x2, width: box.height, height: box.width)
        }
    }
}
