/// A number for each axis of a map, such as the size of a kernel or the stride of its steps.
///
/// An integer literal means both: `let stride: Extent = 2`.
public struct Extent: Hashable, Sendable, Codable {
    public var height: Int
    public var width: Int

    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    public init(_ both: Int) {
        self.init(height: both, width: both)
    }

    /// Height times width.
    public var area: Int { height * width }
}

extension Extent: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) {
        self.init(value)
    }
}

extension Extent: CustomStringConvertible {
    /// `3x3`: height, then width.
    public var description: String { "\(height)x\(width)" }
}
