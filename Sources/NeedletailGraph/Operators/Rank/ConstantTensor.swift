import NeedletailKernels

/// A parameter as a value, in its own shape.
public struct ConstantTensor: Operator, InferenceOperator {
    public static let name = "constant"

    public var parameter: Parameter

    public init(_ parameter: Parameter) { self.parameter = parameter }

    public var parameters: [Parameter] { [parameter] }
    public var attributes: [String] { ["\(parameter.shape)"] }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        [TensorType(TensorShape(parameter.shape))]
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let parameter = parameter
        return ForwardStep(Self.name, site) { _, output, pool in
            guard let values = parameter.values.baseAddress else { return }
            Elementwise.pass(values, count: parameter.count, to: output, accumulates: false, pool: pool)
        }
    }
}
