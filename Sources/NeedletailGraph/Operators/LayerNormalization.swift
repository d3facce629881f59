import NeedletailKernels

/// Layer normalisation: the channels of each pixel, or the numbers of each row, with their own mean and variance. Ba et
/// al., 2016.
///
/// That of all pixels and channels of an image is ``GroupNormalization`` with a single group.
public struct LayerNormalization: Operator {
    public static let name = "layer-normalization"

    public var weight: Parameter
    public var bias: Parameter
    public var epsilon: Float

    /// Makes a layer with parameters of its own.
    public init(_ scope: ParameterScope, channels: Int, epsilon: Float = 1e-5) {
        weight = scope.parameter("weight", shape: [channels], initializedBy: .constant(1))
        bias = scope.parameter("bias", shape: [channels], initializedBy: .constant(0))
        self.epsilon = epsilon
    }

    public var parameters: [Parameter] { [weight, bias] }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        guard inputs[0].shape.channels == weight.count, inputs[0].elementType == .float32 else {
            throw OperatorError(
                "it takes \(weight.count) channels, not the \(inputs[0].shape.channels) of \(inputs[0])")
        }
        return inputs
    }

    public func kept(inputCount: Int, trained: Set<Parameter>) -> KeptTensors { KeptTensors(inputs: [0]) }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let shape = site.outputs[0].type.shape
        return LayerNormalizationStep(
            normalization: self,
            kernel: LayerNormalizationKernel(rows: shape.pixels, channels: shape.channels, epsilon: epsilon),
            buffers: UnaryBuffers(site))
    }
}
