import NeedletailKernels

/// Tensors side by side: the channels of the first, then those of the second, and so on.
public struct Concatenation: Operator {
    public static let name = "concatenate"

    public init() {}

    /// Records the operator on any number of values.
    ///
    /// - Precondition: There is at least one, and all are of one graph.
    public func callAsFunction(_ inputs: [Value]) -> Value { inputs[0].builder.append(self, to: inputs)[0] }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        guard var type = inputs.first, type.elementType == .float32 else {
            throw OperatorError("there are no floats to put side by side")
        }
        for input in inputs.dropFirst() {
            guard input.elementType == type.elementType,
                input.shape.dimensions.dropLast() == type.shape.dimensions.dropLast()
            else {
                throw OperatorError(
                    "values of shapes \(inputs.map(\.description).joined(separator: " and ")) do not fit side by side")
            }
            type.shape.channels += input.shape.channels
        }
        return [type]
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let output = site.outputs[0]
        return ConcatenationStep(
            rows: output.type.shape.pixels, channels: output.type.shape.channels,
            parts: site.inputs.map {
                ConcatenationStep.Part(channels: $0.type.shape.channels, input: $0.buffer, gradient: $0.gradient)
            }, output: output.buffer, outputGradient: output.gradient)
    }
}
