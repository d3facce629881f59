import NeedletailKernels

/// A function of the numbers of two tensors of one rank, each stretched along the axes on which it has one number; one of
/// the two may be a parameter.
public struct Arithmetic: Operator, InferenceOperator {
    public static let name = "arithmetic"

    public var function: ArithmeticFunction
    /// The side that is no input, with its shape.
    public var constant: Parameter?
    /// Whether the constant stands on the left.
    public var isConstantFirst: Bool

    public init(_ function: ArithmeticFunction, constant: Parameter? = nil, isConstantFirst: Bool = false) {
        self.function = function
        self.constant = constant
        self.isConstantFirst = isConstantFirst
    }

    public var attributes: [String] {
        [function.rawValue] + (constant.map { [isConstantFirst ? "from=\($0.name)" : "by=\($0.name)"] } ?? [])
    }

    public var parameters: [Parameter] { constant.map { [$0] } ?? [] }

    private func shapes(_ inputs: [TensorType]) -> (left: [Int], right: [Int]) {
        let given = inputs.map(\.shape.dimensions)
        guard let constant else { return (given[0], given[1]) }
        return isConstantFirst ? (constant.shape, given[0]) : (given[0], constant.shape)
    }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        try checkFloats(inputs, count: constant == nil ? 2 : 1)
        let (left, right) = shapes(inputs)
        guard let shape = ArithmeticKernel.shape(left, right) else {
            throw OperatorError("values of shapes \(left) and \(right) do not fit each other")
        }
        return [TensorType(TensorShape(shape))]
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let (left, right) = shapes(site.inputs.map(\.type))
        let kernel = ArithmeticKernel(function, left: left, right: right)
        let constant = constant, isFirst = isConstantFirst
        return ForwardStep(function.rawValue, site) { inputs, output, pool in
            guard let constant else { return kernel.run(inputs[0], inputs[1], output: output, pool: pool) }
            guard let values = constant.values.baseAddress else { return }
            if isFirst {
                kernel.run(values, inputs[0], output: output, pool: pool)
            } else {
                kernel.run(inputs[0], values, output: output, pool: pool)
            }
        }
    }
}
