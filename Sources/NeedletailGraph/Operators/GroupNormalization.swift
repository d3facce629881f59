/// Group normalisation: each image's channels in groups, each with its own mean and variance. Wu & He, 2018.
public struct GroupNormalization: Operator {
    public static let name = "group-normalization"

    public var weight: Parameter
    public var bias: Parameter
    public var groups: Int
    public var epsilon: Float

    /// Makes a layer with parameters of its own.
    public init(_ scope: ParameterScope, channels: Int, groups: Int = 32, epsilon: Float = 1e-5) {
        weight = scope.parameter("weight", shape: [channels], initializedBy: .constant(1))
        bias = scope.parameter("bias", shape: [channels], initializedBy: .constant(0))
        self.groups = groups
        self.epsilon = epsilon
    }

    public var attributes: [String] { ["groups=\(groups)"] }
    public var parameters: [Parameter] { [weight, bias] }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        guard inputs[0].shape.isMap, inputs[0].shape.channels == weight.count, inputs[0].elementType == .float32 else {
            throw OperatorError("it takes maps of \(weight.count) channels, not \(inputs[0])")
        }
        return inputs
    }

    public func kept(inputCount: Int, trained: Set<Parameter>) -> KeptTensors { KeptTensors(inputs: [0]) }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let shape = site.outputs[0].type.shape
        return GroupNormalizationStep(
            normalization: self, shape: shape, buffers: UnaryBuffers(site),
            statistics: try FloatStorage(count: 2 * shape.batch * groups))
    }
}
