/// What was done to one image: the operations in order.
///
/// The text form is a line from which the same pixels and boxes can be made again.
public struct AugmentationRecipe: Hashable, Sendable, CustomStringConvertible {
    public var operations: [ImageOperation]

    public init(_ operations: [ImageOperation] = []) { self.operations = operations }

    /// Operations parted by semicolons; `unchanged` for none.
    public var description: String {
        operations.isEmpty ? "unchanged" : operations.map(\.text).joined(separator: "; ")
    }

    /// Reads what ``description`` writes.
    ///
    /// - Throws: ``AugmentationError`` that quotes the operation.
    public init(_ text: String) throws {
        let parts = text.split(separator: ";").map { $0.drop(while: \.isWhitespace) }.filter { !$0.isEmpty }
        operations =
            parts.map(String.init) == ["unchanged"] ? [] : try parts.map { try ImageOperation(text: String($0)) }
    }

    /// Carries the recipe out.
    ///
    /// - Parameters:
    ///   - pool: The images that it refers to by number.
    ///   - rules: Which objects are kept.
    /// - Throws: What the pool throws; ``AugmentationError`` when it names an image that the pool does not have.
    public func apply(
        to sample: LabeledImage, pool: ImagePool = .empty, rules: BoxRules = BoxRules()
    ) throws -> LabeledImage {
        var result = sample
        for operation in operations { try operation.apply(to: &result, pool: pool) }
        result.objects.removeAll { !rules.keeps($0) }
        return result
    }
}
