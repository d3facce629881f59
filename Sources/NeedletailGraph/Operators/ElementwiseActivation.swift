import NeedletailKernels

/// An activation function of each number, where no operator before it could take it into its epilogue.
public struct ElementwiseActivation: Operator {
    public static let name = "activation"

    public var function: Activation

    public init(_ function: Activation) {
        self.function = function
    }

    public var attributes: [String] { [function.name] }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        guard inputs[0].elementType == .float32 else { throw OperatorError("it takes floats, not \(inputs[0])") }
        return inputs
    }

    public func kept(inputCount: Int, trained: Set<Parameter>) -> KeptTensors {
        function.derivativeFollowsFromOutput ? KeptTensors(outputs: true) : KeptTensors(inputs: [0])
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        ActivationStep(function: function, count: site.outputs[0].type.shape.count, buffers: UnaryBuffers(site))
    }
}
