import NeedletailKernels

/// The part of the input that one place of a map depends on, and how far two neighbouring places are apart there.
///
/// A window of size `k` and stride `s` over places that are `j` pixels apart and see `r` pixels makes places that see
/// `r + (k - 1)·j` pixels and are `j·s` apart. Padding is counted like pixels.
public struct ReceptiveField: Hashable, Sendable, Codable {
    /// Pixels of the input, height and width.
    public var height: Double
    public var width: Double
    /// Pixels of the input from one place to the next.
    public var strideHeight: Double
    public var strideWidth: Double

    public init(height: Double, width: Double, strideHeight: Double, strideWidth: Double) {
        self.height = height
        self.width = width
        self.strideHeight = strideHeight
        self.strideWidth = strideWidth
    }

    /// A pixel of the input itself.
    public static let pixel = ReceptiveField(height: 1, width: 1, strideHeight: 1, strideWidth: 1)

    /// What a window sees that moves over such places.
    func under(_ window: Window) -> ReceptiveField {
        ReceptiveField(
            height: height + Double(window.size.height - 1) * strideHeight,
            width: width + Double(window.size.width - 1) * strideWidth,
            strideHeight: strideHeight * Double(window.stride.height),
            strideWidth: strideWidth * Double(window.stride.width))
    }

    /// What a place depends on that depends on both.
    func joined(with other: ReceptiveField) -> ReceptiveField {
        ReceptiveField(
            height: max(height, other.height), width: max(width, other.width),
            strideHeight: strideHeight, strideWidth: strideWidth)
    }
}
