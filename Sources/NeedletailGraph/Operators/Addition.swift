import NeedletailKernels

/// The sum of two tensors of one shape.
public struct Addition: Operator {
    public static let name = "add"

    public init() {}

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        guard inputs.count == 2, inputs[0] == inputs[1], inputs[0].elementType == .float32 else {
            throw OperatorError(
                "values of shapes \(inputs.map(\.description).joined(separator: " and ")) cannot be added")
        }
        return [inputs[0]]
    }

    public func canWritePart(inputs: [TensorType], convolutions: ConvolutionAlgorithm) -> Bool { true }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        AddStep(
            count: site.outputs[0].type.shape.count, inputs: (site.inputs[0].buffer, site.inputs[1].buffer),
            output: site.outputs[0].buffer, part: site.outputs[0].part, outputGradient: site.outputs[0].gradient,
            inputGradients: site.inputs.compactMap(\.gradient))
    }
}
