/// Rows and columns of nothing around a map.
///
/// An integer literal means as many on every side: `let padding: EdgePadding = 1`.
public struct EdgePadding: Hashable, Sendable, Codable {
    public var top: Int
    public var left: Int
    public var bottom: Int
    public var right: Int

    public init(top: Int, left: Int, bottom: Int, right: Int) {
        self.top = top
        self.left = left
        self.bottom = bottom
        self.right = right
    }

    public init(_ all: Int) {
        self.init(top: all, left: all, bottom: all, right: all)
    }

    /// As many rows above as below, and as many columns to the left as to the right.
    public init(vertical: Int, horizontal: Int) {
        self.init(top: vertical, left: horizontal, bottom: vertical, right: horizontal)
    }
}

extension EdgePadding: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) {
        self.init(value)
    }
}
