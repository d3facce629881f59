import NeedletailKernels

/// Any function of each number. The common activation functions are ``ElementwiseActivation``, which is faster.
public struct ElementwiseFunction: Operator, InferenceOperator {
    public static let name = "function"

    /// What tells it from others, with its constants: `elu 1.0`.
    public var title: String
    public var function: @Sendable (Float) -> Float

    public init(_ title: String, _ function: @escaping @Sendable (Float) -> Float) {
        self.title = title
        self.function = function
    }

    public static func == (left: ElementwiseFunction, right: ElementwiseFunction) -> Bool { left.title == right.title }

    public func hash(into hasher: inout Hasher) { hasher.combine(title) }

    public var attributes: [String] { [title] }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        try checkFloats(inputs)
        return inputs
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let count = site.outputs[0].type.shape.count, function = function
        return ForwardStep(title, site) { inputs, output, pool in
            let input = inputs[0]
            pool.run(count: count, grain: 4096) { range, _ in
                for index in range { output[index] = function(input[index]) }
            }
        }
    }
}
