import NeedletailKernels

/// Batch normalisation, frozen or trained. Ioffe & Szegedy, 2015.
///
/// In a plan that trains its weight or its bias it uses the statistics of the batch and keeps the running ones up to
/// date; in all others it uses those.
public struct BatchNormalization: Operator {
    /// How a network's batch normalisation behaves in training.
    public enum Kind: String, CaseIterable, Codable, Sendable {
        /// Weight, bias and statistics are fixed numbers, as torchvision's `FrozenBatchNorm2d`: right for the small
        /// batches of detection.
        case frozen
        /// Weight and bias are trained, and the batch's statistics are used while they are.
        case trained
    }

    public static let name = "batch-normalization"

    public var weight: Parameter
    public var bias: Parameter
    public var mean: Parameter
    public var variance: Parameter
    public var epsilon: Float
    /// The share of the batch's statistics in the running ones.
    public var momentum: Float
    /// What is done to each number of the result before it is stored, where the statistics are the batch's.
    public var activation: Activation?

    /// Makes a layer with parameters of its own.
    ///
    /// - Parameter epsilon: torchvision's detection weights were made with 0; everything else uses 1e-5.
    public init(
        _ scope: ParameterScope, channels: Int, kind: Kind, epsilon: Float = 1e-5, momentum: Float = 0.1
    ) {
        let role: Parameter.Role = kind == .frozen ? .statistic : .weight
        func parameter(_ name: String, _ role: Parameter.Role, _ value: Float) -> Parameter {
            scope.parameter(name, shape: [channels], role: role, initializedBy: .constant(value))
        }
        weight = parameter("weight", role, 1)
        bias = parameter("bias", role, 0)
        mean = parameter("running_mean", .statistic, 0)
        variance = parameter("running_var", .statistic, 1)
        self.epsilon = epsilon
        self.momentum = momentum
    }

    public var attributes: [String] { activation.map { ["activation=\($0.name)"] } ?? [] }
    public var parameters: [Parameter] { [weight, bias, mean, variance] }
    var layerName: String { weight.layerName }

    /// What fixed statistics make of a channel, its factor and its offset: `factor = w / √(variance + ε)`,
    /// `offset = b + (bias - mean) · factor`.
    ///
    /// - Parameter bias: Of the layer before, which the factor is folded into.
    package func affine(ofChannel channel: Int, bias: Float = 0) -> (factor: Float, offset: Float) {
        let factor = weight.values[channel] / (variance.values[channel] + epsilon).squareRoot()
        return (factor, self.bias.values[channel] + (bias - mean.values[channel]) * factor)
    }

    func usesBatchStatistics(training trained: Set<Parameter>) -> Bool {
        trained.contains(weight) || trained.contains(bias)
    }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        guard inputs[0].shape.channels == weight.count, inputs[0].elementType == .float32 else {
            throw OperatorError(
                "it takes \(weight.count) channels, not the \(inputs[0].shape.channels) of \(inputs[0])")
        }
        return inputs
    }

    public func kept(inputCount: Int, trained: Set<Parameter>) -> KeptTensors {
        KeptTensors(inputs: usesBatchStatistics(training: trained) ? [0] : [])
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let shape = site.outputs[0].type.shape
        guard usesBatchStatistics(training: site.trained) else {
            precondition(activation == nil, "only the statistics of a batch go with an activation")
            return RunningNormalizationStep(normalization: self, shape: shape, buffers: UnaryBuffers(site))
        }
        return BatchNormalizationStep(
            normalization: self,
            kernel: BatchNormalizationKernel(
                pixels: shape.pixels, channels: shape.channels, epsilon: epsilon, activation: activation),
            buffers: UnaryBuffers(site), statistics: try FloatStorage(count: 2 * shape.channels))
    }
}
