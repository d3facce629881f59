import NeedletailKernels

/// What is done to each number of a result before it is stored: `activation(normalised + residual)`.
public struct Epilogue: Hashable {
    /// Batch normalisation with fixed statistics, folded into the weights.
    public var normalization: BatchNormalization?
    /// Whether a tensor of the result's shape is added, which every result reads behind its input.
    public var addsResidual = false
    public var activation: Activation?

    public init() {}

    var attributes: [String] {
        (normalization.map { ["normalized=\($0.layerName)"] } ?? []) + (addsResidual ? ["residual"] : [])
            + (activation.map { ["activation=\($0.name)"] } ?? [])
    }
}

/// An operator with weights and an epilogue: a convolution, or a linear layer, which is one on a map of a single pixel.
///
/// Applied to several maps at once, its inputs are the map and, if there is a residual, that of each in turn.
public protocol WeightedOperator: Operator {
    /// The first dimension counts output channels.
    var weight: Parameter { get }
    var bias: Parameter? { get }
    var epilogue: Epilogue { get set }

    func outputType(of input: TensorType) throws(OperatorError) -> TensorType

    /// The convolution that it is.
    func convolutionShape(of input: TensorType) -> ConvolutionShape

    /// Blocks of pixels that are read as the channels of one; nil where pixels are read as they are.
    var blocks: SpaceToDepth? { get }
}

extension WeightedOperator {
    public var blocks: SpaceToDepth? { nil }

    public var parameters: [Parameter] {
        [weight] + (bias.map { [$0] } ?? []) + (epilogue.normalization?.parameters ?? [])
    }

    private var inputsPerMap: Int { epilogue.addsResidual ? 2 : 1 }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        var types: [TensorType] = []
        for first in stride(from: 0, to: inputs.count, by: inputsPerMap) {
            let type = try outputType(of: inputs[first])
            if epilogue.addsResidual, inputs[first + 1] != type {
                throw OperatorError("values of shapes \(type) and \(inputs[first + 1]) cannot be added")
            }
            types.append(type)
        }
        return types
    }

    public func multiplyAdds(of inputs: [TensorType]) -> Int {
        stride(from: 0, to: inputs.count, by: inputsPerMap).reduce(0) {
            $0 + convolutionShape(of: inputs[$1]).multiplyAdds
        }
    }

    public func kept(inputCount: Int, trained: Set<Parameter>) -> KeptTensors {
        KeptTensors(
            inputs: trained.contains(weight) ? Array(stride(from: 0, to: inputCount, by: inputsPerMap)) : [],
            outputs: epilogue.activation != nil)
    }

    public var rectifiesOutput: Bool { epilogue.activation == .relu }

    public func canGateGradient(ofInput slot: Int) -> Bool { slot % inputsPerMap == 0 }

    public func canWritePart(inputs: [TensorType], convolutions: ConvolutionAlgorithm) -> Bool {
        inputs.count == 1 && convolutions.kernel(for: [convolutionShape(of: inputs[0])]).canWriteParts
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let starts = stride(from: 0, to: site.inputs.count, by: inputsPerMap)
        return ConvolutionStep(
            kernel: site.convolutions.kernel(for: starts.map { convolutionShape(of: site.inputs[$0].type) }),
            source: PackedWeights.Source(
                weight: weight, bias: bias, normalization: epilogue.normalization, blocks: blocks),
            activation: epilogue.activation,
            maps: zip(starts, site.outputs).map { start, output in
                let input = site.inputs[start], residual = epilogue.addsResidual ? site.inputs[start + 1] : nil
                return ConvolutionStep.Map(
                    input: input.buffer, residual: residual?.buffer, output: output.buffer, part: output.part,
                    outputGradient: output.gradient, masksOutputGradient: !output.gradientIsGated,
                    inputGradient: input.gradient, inputGate: input.gatesGradient ? input.buffer : nil,
                    residualGradient: residual?.gradient)
            })
    }
}
