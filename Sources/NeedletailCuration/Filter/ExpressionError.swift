/// A mistake in an expression, with the place of it.
public struct ExpressionError: Error, Hashable, Sendable, CustomStringConvertible {
    public var expression: String
    /// In characters, from 1.
    public var column: Int
    public var problem: String

    /// The expression with a mark below the place, and what is wrong there.
    public var description: String {
        "column \(column): \(problem)\n  \(expression)\n  \(String(repeating: " ", count: column - 1))^"
    }
}
