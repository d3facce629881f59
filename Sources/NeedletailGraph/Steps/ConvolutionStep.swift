import NeedletailKernels

/// A convolution with everything fused behind it: folded normalisation, bias, residual and activation; on one map, or on
/// all maps that share its weights.
struct ConvolutionStep: Step {
    /// Where one map's tensors are. The maps of a step all have gradients, or none has.
    struct Map {
        var input: BufferID
        var residual: BufferID?
        var output: BufferID
        var part: MapPart?
        var outputGradient: BufferID?
        /// Whether the derivative of this step's activation is still to be applied to `outputGradient`. Where it is a ReLU
        /// and the step that writes the gradient last is a convolution, that step has done it already.
        var masksOutputGradient = true
        var inputGradient: GradientTarget?
        /// The input again, if its gradient gets the derivative of the input's ReLU here.
        var inputGate: BufferID?
        var residualGradient: GradientTarget?
    }

    let kernel: any ConvolutionKernel
    let source: PackedWeights.Source
    let activation: Activation?
    let maps: [Map]
    let found = PackedWeights.Found()
    /// What this step brings into the caches for a later one; see ``readingAhead(_:)``.
    var ahead: WeightsAhead?

    var scratchCount: Int { kernel.scratchCount }
    /// Only the weight gradient needs it.
    var sharedScratchCount: Int { maps[0].outputGradient == nil ? 0 : kernel.sharedScratchCount }

    var label: String { "\(labelWithoutAlgorithm), \(kernel.algorithmName)" }

    var labelWithoutAlgorithm: String {
        let shape = kernel.shapes[0]
        var text = "\(shape.kernel.height)x\(shape.kernel.width)"
        if shape.stride != 1 { text += "/\(shape.stride.text)" }
        text += " \(shape.inputChannels)->\(shape.outputChannels) on "
        text += kernel.shapes.map { "\($0.outputHeight)x\($0.outputWidth)" }.joined(separator: "+")
        if shape.groups > 1 { text += ", \(shape.groups) groups" }
        return text
    }
    var multiplyAdds: Int { kernel.shapes.reduce(0) { $0 + $1.multiplyAdds } }

    func prepare(_ packedWeights: PackedWeights) throws(OutOfMemoryError) {
        let readsGradientForm = maps.contains { $0.inputGradient != nil }
        try packedWeights.prepare(
            source, count: max(kernel.packedCount, readsGradientForm ? kernel.gradientPackedCount : 0))
    }

    /// The packed weights, and the offset of each output channel if there is one.
    func weights(_ context: ExecutionContext) -> (weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?) {
        context.packedWeights.forward(of: source, for: kernel, found: found, pool: context.pool)
    }

    func forward(_ context: ExecutionContext) {
        let (packed, bias) = weights(context)
        kernel.forward(
            maps.map { map in
                ConvolutionMap.Forward(
                    input: context[map.input], output: context[map.output] + (map.part?.offset ?? 0),
                    epilogue: ConvolutionEpilogue(
                        bias: bias, residual: map.residual.map { UnsafePointer(context[$0]) },
                        activation: activation), outputStride: map.part?.stride, ahead: ahead?.memory)
            }, packed: packed, scratch: context.scratch, pool: context.pool)
    }

    func backward(_ context: ExecutionContext) {
        for (map, shape) in zip(maps, kernel.shapes) { prepare(map, shape: shape, context) }
        let pool = context.pool
        if let target = context.gradient(for: source.weight) {
            kernel.addWeightGradient(
                maps.compactMap { map in
                    map.outputGradient.map {
                        ConvolutionMap.WeightGradient(input: context[map.input], outputGradient: context[$0])
                    }
                }, scale: context.packedWeights.scale(of: source), to: target, scratch: context.scratch, pool: pool)
        }
        let inputGradients = maps.compactMap { map -> ConvolutionMap.InputGradient? in
            guard let outputGradient = map.outputGradient, let target = map.inputGradient else { return nil }
            return ConvolutionMap.InputGradient(
                outputGradient: context[outputGradient], inputGradient: context[target.buffer],
                accumulates: target.accumulates, gate: map.inputGate.map { UnsafePointer(context[$0]) })
        }
        if !inputGradients.isEmpty {
            let packed = context.packedWeights.weights(of: source, for: kernel, forGradient: true, pool: pool)
            kernel.inputGradient(inputGradients, packed: packed, scratch: context.scratch, pool: pool)
        }
    }

    /// Brings the gradient of a map's output to where the convolution itself begins, and passes it on to the residual
    /// and the bias.
    private func prepare(_ map: Map, shape: ConvolutionShape, _ context: ExecutionContext) {
        guard let outputGradient = map.outputGradient else { return }
        let gradient = context[outputGradient], pool = context.pool
        if let activation, map.masksOutputGradient {
            Elementwise.multiply(
                gradient, byDerivativeOf: activation, at: context[map.output], count: shape.outputCount, pool: pool)
        }
        if let target = map.residualGradient {
            Elementwise.pass(
                gradient, count: shape.outputCount, to: context[target.buffer], accumulates: target.accumulates,
                pool: pool)
        }
        if let bias = source.bias, let target = context.gradient(for: bias) {
            Elementwise.addChannelSums(
                of: gradient, pixels: shape.outputCount / shape.outputChannels, channels: shape.outputChannels,
                to: target, pool: pool)
        }
    }
}
