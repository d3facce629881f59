import NeedletailRuntime

/// A fully connected layer on `[batch, 1, 1, channels]`.
public struct Linear {
    /// `[outputs, inputs]`.
    public let weight: Parameter
    public let bias: Parameter

    public init(_ scope: ParameterScope, inputs: Int, outputs: Int, initializedBy initializer: Initializer) {
        weight = scope.parameter("weight", shape: [outputs, inputs], initializedBy: initializer)
        bias = scope.parameter("bias", shape: [outputs], initializedBy: .constant(0))
    }

    public func callAsFunction(_ input: Value) -> Value {
        precondition(
            input.channels == weight.shape[1], "\(weight.name) takes \(weight.shape[1]) inputs, not \(input.channels)")
        return input.applying(.linear(weight: weight, bias: bias), channels: weight.shape[0])
    }
}
