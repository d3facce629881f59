import NeedletailKernels

/// One step to be: an operation with what is fused behind it.
struct Stage {
    var operation: Operation
    /// The value read, and for an addition or upsampling the second one.
    var inputs: [Int]
    /// Batch normalisation with fixed statistics, folded into the weights.
    var normalization: Operation.BatchNormalization?
    var residual: Int?
    var appliesReLU = false
    /// The node whose value the stage writes: the last one fused.
    var output: Int

    /// The values read, the residual last.
    var reads: [Int] { residual.map { inputs + [$0] } ?? inputs }
}

extension Stage {
    /// Orders stages so that what they read has been written, and joins convolutions that share their weights but do
    /// not depend on one another, such as one layer of a head on all levels of a pyramid.
    ///
    /// - Parameter stages: A valid order of them is by output: a stage runs at the place of its last node.
    static func grouped(_ stages: [Stage]) -> [[Stage]] {
        var pending: [[Stage]] = []
        var positions: [Sharing: Int] = [:]
        for stage in stages.sorted(by: { $0.output < $1.output }) {
            guard let sharing = Sharing(stage) else {
                pending.append([stage])
                continue
            }
            if let position = positions[sharing], pending[position].count < VectorConvolution.maximumMapCount,
                !pending[position].contains(where: { !Set($0.reads).isDisjoint(with: stage.reads) })
            {
                pending[position].append(stage)
            } else {
                positions[sharing] = pending.count
                pending.append([stage])
            }
        }
        return ordered(pending)
    }

    /// Takes the first group that can run, again and again; where none can because two of its members depend on each
    /// other, the members that can.
    private static func ordered(_ groups: [[Stage]]) -> [[Stage]] {
        var pending = groups, result: [[Stage]] = []
        var unwritten = Set(groups.joined().map(\.output))
        func canRun(_ stage: Stage) -> Bool { unwritten.isDisjoint(with: stage.reads) }
        while !pending.isEmpty {
            let next: [Stage]
            if let index = pending.firstIndex(where: { $0.allSatisfy(canRun) }) {
                next = pending.remove(at: index)
            } else {
                guard let index = pending.firstIndex(where: { $0.contains(where: canRun) }) else {
                    preconditionFailure("a value of the graph depends on itself")
                }
                next = pending[index].filter(canRun)
                pending[index].removeAll(where: canRun)
            }
            unwritten.subtract(next.map(\.output))
            result.append(next)
        }
        return result
    }

    /// What convolutions must have in common to run as one.
    private struct Sharing: Hashable {
        var weight: ObjectIdentifier
        var bias: ObjectIdentifier?
        var normalization: ObjectIdentifier?
        var stride: Int
        var padding: Int
        var dilation: Int
        var groups: Int
        var appliesReLU: Bool
        var hasResidual: Bool

        init?(_ stage: Stage) {
            guard case .convolution(let convolution) = stage.operation else { return nil }
            weight = ObjectIdentifier(convolution.weight)
            bias = convolution.bias.map(ObjectIdentifier.init)
            normalization = stage.normalization.map { ObjectIdentifier($0.weight) }
            stride = convolution.stride
            padding = convolution.padding
            dilation = convolution.dilation
            groups = convolution.groups
            appliesReLU = stage.appliesReLU
            hasResidual = stage.residual != nil
        }
    }
}

extension Operation {
    /// Whether normalisation, residual and ReLU can be fused behind the operation.
    var acceptsEpilogue: Bool { convolutionParameters != nil }

    /// Weight and bias of a convolution, or of a linear layer, which is one on a map of a single pixel.
    var convolutionParameters: (weight: Parameter, bias: Parameter?)? {
        switch self {
        case .convolution(let convolution): (convolution.weight, convolution.bias)
        case .linear(let weight, let bias): (weight, bias)
        default: nil
        }
    }

    /// - Precondition: The operation is a convolution or a linear layer.
    func convolutionShape(input: TensorShape) -> ConvolutionShape {
        switch self {
        case .convolution(let convolution): return convolution.shape(input: input)
        case .linear(let weight, _):
            return ConvolutionShape(
                batch: input.batch, inputHeight: 1, inputWidth: 1, inputChannels: input.channels,
                outputChannels: weight.shape[0], kernel: 1)
        default: preconditionFailure("not a convolution")
        }
    }
}
