import NeedletailKernels

/// L2 normalisation: the channels of each pixel divided by their Euclidean length, each multiplied by a factor that is
/// learned. Liu et al., "ParseNet: Looking Wider to See Better", 2015.
public struct L2Normalization: Operator {
    public static let name = "l2-normalization"

    public var weight: Parameter
    /// The least length that is divided by.
    public var epsilon: Float

    /// Makes a layer with a parameter of its own.
    ///
    /// - Parameters:
    ///   - name: Of the factors, in the scope.
    ///   - scale: The factors to begin with.
    public init(_ scope: ParameterScope, name: String, channels: Int, scale: Float, epsilon: Float = 1e-12) {
        weight = scope.parameter(name, shape: [channels], initializedBy: .constant(scale))
        self.epsilon = epsilon
    }

    public var parameters: [Parameter] { [weight] }

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
        return L2NormalizationStep(
            normalization: self,
            kernel: L2NormalizationKernel(rows: shape.pixels, channels: shape.channels, epsilon: epsilon),
            buffers: UnaryBuffers(site))
    }
}
