/// What a network is given. A plan takes the numbers; nothing is computed.
public struct Input: Operator {
    public static let name = "input"

    /// Nil for dimensions that a plan decides; nil as a whole for a tensor of any rank.
    public var dimensions: [Int?]?
    public var elementType: ElementType

    public init(dimensions: [Int?]?, elementType: ElementType = .float32) {
        self.dimensions = dimensions
        self.elementType = elementType
    }

    public var attributes: [String] {
        let sizes = dimensions.map { "[\($0.map { $0.map(String.init) ?? "?" }.joined(separator: ", "))]" } ?? "[...]"
        return [elementType == .float32 ? sizes : elementType.rawValue + sizes]
    }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        throw OperatorError("an input takes its type from the plan")
    }

    /// - Throws: ``OperatorError`` when a tensor of this type cannot be the input.
    func check(_ type: TensorType) throws(OperatorError) {
        let sizes = type.shape.dimensions
        let fits = dimensions.map { $0.count == sizes.count && zip($0, sizes).allSatisfy { $0 == nil || $0 == $1 } }
        guard fits ?? true, type.elementType == elementType, type.shape.count > 0 else {
            throw OperatorError("an input of shape \(type) does not fit, it has to be \(attributes[0])")
        }
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        preconditionFailure("an input is given, not computed")
    }
}
