import NeedletailKernels

/// The same numbers, in the same order, in another shape.
public struct Reshape: Operator, InferenceOperator {
    public static let name = "reshape"

    public var dimensions: [Int]

    public init(to dimensions: [Int]) { self.dimensions = dimensions }

    public var attributes: [String] { ["\(dimensions)"] }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        try checkFloats(inputs)
        let shape = TensorShape(dimensions)
        guard shape.count == inputs[0].shape.count else {
            throw OperatorError("\(inputs[0]) has not as many numbers as \(shape)")
        }
        return [TensorType(shape)]
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let count = site.outputs[0].type.shape.count
        return ForwardStep(Self.name, site) { inputs, output, pool in
            Elementwise.pass(inputs[0], count: count, to: output, accumulates: false, pool: pool)
        }
    }
}
