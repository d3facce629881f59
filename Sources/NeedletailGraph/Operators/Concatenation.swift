import NeedletailKernels

/// Tensors side by side: the channels of the first, then those of the second, and so on.
public struct Concatenation: Operator {
    public static let name = "concatenate"

    /// Along which they are put together; nil for the last, the channels.
    public var axis: Int?

    public init(axis: Int? = nil) { self.axis = axis }

    public var attributes: [String] { axis.map { ["axis=\($0)"] } ?? [] }

    /// Records the operator on any number of values.
    ///
    /// - Precondition: There is at least one, and all are of one graph.
    public func callAsFunction(_ inputs: [Value]) -> Value { inputs[0].builder.append(self, to: inputs)[0] }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        guard var type = inputs.first, type.elementType == .float32 else {
            throw OperatorError("there are no floats to put side by side")
        }
        let axis = axis ?? type.shape.rank - 1
        guard type.shape.dimensions.indices.contains(axis) else { throw OperatorError("\(type) has no axis \(axis)") }
        for input in inputs.dropFirst() {
            var other = input.shape.dimensions, own = type.shape.dimensions
            guard input.elementType == type.elementType, other.count == own.count else { throw misfit(inputs) }
            let size = other[axis]
            other[axis] = 0
            own[axis] = 0
            guard other == own else { throw misfit(inputs) }
            type.shape.dimensions[axis] += size
        }
        return [type]
    }

    private func misfit(_ inputs: [TensorType]) -> OperatorError {
        OperatorError(
            "values of shapes \(inputs.map(\.description).joined(separator: " and ")) do not fit side by side")
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let output = site.outputs[0], axis = axis ?? output.type.shape.rank - 1
        func length(_ type: TensorType) -> Int { type.shape.dimensions[axis...].reduce(1, *) }
        return ConcatenationStep(
            rows: output.type.shape.dimensions[..<axis].reduce(1, *), channels: length(output.type),
            parts: site.inputs.map {
                ConcatenationStep.Part(
                    channels: length($0.type), input: $0.buffer, gradient: $0.gradient, isInPlace: $0.isInPlace)
            }, output: output.buffer, outputGradient: output.gradient)
    }
}
