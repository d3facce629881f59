import NeedletailKernels

/// Compiles a graph: shapes, fusion, lifetimes, steps.
struct Planner {
    /// One step to be: an operation with what is fused behind it.
    private struct Stage {
        var operation: Operation
        /// The value read, and for an addition or upsampling the second one.
        var inputs: [Int]
        /// Batch normalisation with fixed statistics, folded into the weights.
        var normalization: Operation.BatchNormalization?
        var residual: Int?
        var appliesReLU = false
        /// The node whose value the stage writes: the last one fused.
        var output: Int
    }

    private let graph: Graph
    private let gradients: ParameterGradients?
    private let convolutions: ConvolutionAlgorithm

    private(set) var shapes: [TensorShape]
    private var isReachable: [Bool]
    private var consumers: [[Int]]
    private var stages: [Stage] = []

    private(set) var layout = ArenaLayout()
    private(set) var steps: [any Step] = []
    private var valueBuffers: [Int: BufferID] = [:]
    private var gradientBuffers: [Int: BufferID] = [:]

    init(graph: Graph, inputShape: TensorShape, purpose: Plan.Purpose, convolutions: ConvolutionAlgorithm) throws {
        self.graph = graph
        self.convolutions = convolutions
        gradients = purpose.gradients
        isReachable = [Bool](repeating: false, count: graph.nodes.count)
        for output in graph.outputs { isReachable[output] = true }
        consumers = [[Int]](repeating: [], count: graph.nodes.count)
        for index in graph.nodes.indices.reversed() where isReachable[index] {
            for input in graph.nodes[index].inputs {
                isReachable[input] = true
                consumers[input].append(index)
            }
        }
        shapes = try graph.inferShapes(inputShape: inputShape)
    }

    var inputBuffer: BufferID { valueBuffers[0] ?? BufferID(index: 0) }
    var outputBuffers: [BufferID] { graph.outputs.compactMap { valueBuffers[$0] } }
    var outputGradientBuffers: [BufferID?] { graph.outputs.map { gradientBuffers[$0] } }

    mutating func plan() {
        formStages()
        placeBuffers()
    }

    // MARK: Fusion

    private mutating func formStages() {
        var absorbed = Set<Int>()
        for index in graph.nodes.indices where isReachable[index] && !absorbed.contains(index) {
            let node = graph.nodes[index]
            if case .input = node.operation { continue }
            var stage = Stage(operation: node.operation, inputs: node.inputs, output: index)
            if node.operation.acceptsEpilogue { extend(&stage, absorbing: &absorbed) }
            stages.append(stage)
        }
        // A stage runs at the place of its last node: by then everything that it reads has been written.
        stages.sort { $0.output < $1.output }
    }

    /// Takes folded normalisation, an addition and a ReLU into a convolution, as far as nobody else reads the
    /// values between them.
    private func extend(_ stage: inout Stage, absorbing absorbed: inout Set<Int>) {
        func soleConsumer(of index: Int) -> Int? {
            guard consumers[index].count == 1, !graph.outputs.contains(index) else { return nil }
            return absorbed.contains(consumers[index][0]) ? nil : consumers[index][0]
        }
        if let next = soleConsumer(of: stage.output),
            case .batchNormalization(let normalization) = graph.nodes[next].operation,
            !usesBatchStatistics(normalization), !trainsBias(stage.operation)
        {
            stage.normalization = normalization
            stage.output = next
            absorbed.insert(next)
        }
        if let next = soleConsumer(of: stage.output), case .add = graph.nodes[next].operation {
            let inputs = graph.nodes[next].inputs
            stage.residual = inputs[0] == stage.output ? inputs[1] : inputs[0]
            stage.output = next
            absorbed.insert(next)
        }
        if let next = soleConsumer(of: stage.output), case .relu = graph.nodes[next].operation {
            stage.appliesReLU = true
            stage.output = next
            absorbed.insert(next)
        }
    }

    private func usesBatchStatistics(_ normalization: Operation.BatchNormalization) -> Bool {
        isTrained(normalization.weight) || isTrained(normalization.bias)
    }

    /// A bias that is trained must keep a gradient of its own, so it is not folded away.
    private func trainsBias(_ operation: Operation) -> Bool {
        switch operation {
        case .convolution(let convolution): convolution.bias.map(isTrained) ?? false
        case .linear(_, let bias): bias.map(isTrained) ?? false
        default: false
        }
    }

    private func isTrained(_ parameter: Parameter) -> Bool { gradients?.contains(parameter) ?? false }

    // MARK: Memory

    /// Time runs over the stages forward, to the moment of the loss, and over the stages backward.
    private var lossMoment: Int { stages.count }
    private func backwardMoment(_ stage: Int) -> Int { 2 * stages.count - stage }

    private mutating func placeBuffers() {
        var needsGradient = [Bool](repeating: false, count: graph.nodes.count)
        for stage in stages {
            let reads = stage.inputs + (stage.residual.map { [$0] } ?? [])
            needsGradient[stage.output] =
                reads.contains { needsGradient[$0] } || stage.operation.parameters.contains { isTrained($0) }
        }

        valueBuffers[0] = layout.reserve(count: shapes[0].count, at: -1)
        for (position, stage) in stages.enumerated() {
            let output = layout.reserve(count: shapes[stage.output].count, at: position)
            valueBuffers[stage.output] = output
            for read in stage.inputs + (stage.residual.map { [$0] } ?? []) where !isShapeOnly(read, in: stage) {
                if let buffer = valueBuffers[read] { layout.extend(buffer, to: position) }
            }
            guard needsGradient[stage.output] else { continue }
            let backward = backwardMoment(position)
            if keepsInput(stage), let buffer = valueBuffers[stage.inputs[0]] { layout.extend(buffer, to: backward) }
            if keepsOutput(stage) { layout.extend(output, to: backward) }
        }
        for output in graph.outputs {
            guard let buffer = valueBuffers[output] else { continue }
            layout.extend(buffer, to: lossMoment)
        }

        // Backward order decides who writes a gradient first and who adds to it.
        for output in graph.outputs where needsGradient[output] {
            gradientBuffers[output] = layout.reserve(count: shapes[output].count, at: lossMoment)
        }
        var targets: [[Int: GradientTarget]] = Array(repeating: [:], count: stages.count)
        for (position, stage) in stages.enumerated().reversed() where needsGradient[stage.output] {
            let moment = backwardMoment(position)
            if let own = gradientBuffers[stage.output] { layout.extend(own, to: moment) }
            let reads = stage.inputs + (stage.residual.map { [$0] } ?? [])
            for (slot, read) in reads.enumerated() where needsGradient[read] && !isShapeOnly(slot, of: stage) {
                if let buffer = gradientBuffers[read] {
                    targets[position][slot] = GradientTarget(buffer: buffer, accumulates: true)
                    layout.extend(buffer, to: moment)
                } else {
                    let buffer = layout.reserve(count: shapes[read].count, at: moment)
                    gradientBuffers[read] = buffer
                    targets[position][slot] = GradientTarget(buffer: buffer, accumulates: false)
                }
            }
        }
        for (position, stage) in stages.enumerated() {
            steps.append(step(for: stage, targets: targets[position]))
        }
    }

    /// Whether a stage reads only the size of its input number `slot`.
    private func isShapeOnly(_ slot: Int, of stage: Stage) -> Bool {
        if case .upsampling = stage.operation { return slot == 1 }
        return false
    }

    private func isShapeOnly(_ read: Int, in stage: Stage) -> Bool {
        if case .upsampling = stage.operation { return read == stage.inputs[1] && read != stage.inputs[0] }
        return false
    }

    private func keepsInput(_ stage: Stage) -> Bool {
        switch stage.operation {
        case .convolution(let convolution): isTrained(convolution.weight)
        case .linear(let weight, _): isTrained(weight)
        case .batchNormalization(let normalization): usesBatchStatistics(normalization)
        case .groupNormalization, .maxPooling: true
        default: false
        }
    }

    private func keepsOutput(_ stage: Stage) -> Bool {
        switch stage.operation {
        case .relu, .maxPooling: true
        default: stage.appliesReLU
        }
    }

    // MARK: Steps

    private func step(for stage: Stage, targets: [Int: GradientTarget]) -> any Step {
        func buffer(_ node: Int) -> BufferID {
            guard let buffer = valueBuffers[node] else { preconditionFailure("value \(node) has no buffer") }
            return buffer
        }
        let input = buffer(stage.inputs[0]), output = buffer(stage.output)
        let gradient = gradientBuffers[stage.output], target = targets[0]
        let inputShape = shapes[stage.inputs[0]], shape = shapes[stage.output]
        switch stage.operation {
        case .input:
            preconditionFailure("the input is not a stage")
        case .convolution(let convolution):
            return convolutionStep(
                stage, targets: targets, weight: convolution.weight, bias: convolution.bias,
                shape: convolution.shape(input: inputShape))
        case .linear(let weight, let bias):
            return convolutionStep(
                stage, targets: targets, weight: weight, bias: bias,
                shape: ConvolutionShape(
                    batch: inputShape.batch, inputHeight: 1, inputWidth: 1, inputChannels: inputShape.channels,
                    outputChannels: weight.shape[0], kernelHeight: 1, kernelWidth: 1))
        case .batchNormalization(let normalization):
            if usesBatchStatistics(normalization) {
                return BatchNormalizationStep(
                    normalization: normalization, shape: shape, input: input, output: output,
                    outputGradient: gradient, inputGradient: target,
                    statistics: FloatStorage(count: 2 * shape.channels))
            }
            return RunningNormalizationStep(
                normalization: normalization, shape: shape, input: input, output: output, outputGradient: gradient,
                inputGradient: target)
        case .groupNormalization(let normalization):
            return GroupNormalizationStep(
                normalization: normalization, shape: shape, input: input, output: output, outputGradient: gradient,
                inputGradient: target,
                statistics: FloatStorage(count: 2 * shape.batch * normalization.groups))
        case .relu:
            return ReLUStep(
                count: shape.count, input: input, output: output, outputGradient: gradient, inputGradient: target)
        case .add:
            return AddStep(
                count: shape.count, inputs: (input, buffer(stage.inputs[1])), output: output,
                outputGradient: gradient, inputGradients: [targets[0], targets[1]].compactMap { $0 })
        case .maxPooling(let window):
            return MaxPoolingStep(
                shape: window.shape(input: inputShape), input: input, output: output, outputGradient: gradient,
                inputGradient: target)
        case .averagePooling(let window):
            return AveragePoolingStep(
                shape: window.shape(input: inputShape), input: input, output: output, outputGradient: gradient,
                inputGradient: target)
        case .globalAveragePooling:
            return GlobalAveragePoolingStep(
                shape: inputShape, input: input, output: output, outputGradient: gradient, inputGradient: target)
        case .upsampling:
            return UpsamplingStep(
                shape: NearestUpsampling.Shape(
                    batch: shape.batch, inputHeight: inputShape.height, inputWidth: inputShape.width,
                    outputHeight: shape.height, outputWidth: shape.width, channels: shape.channels),
                input: input, output: output, outputGradient: gradient, inputGradient: target)
        }
    }

    private func convolutionStep(
        _ stage: Stage, targets: [Int: GradientTarget], weight: Parameter, bias: Parameter?, shape: ConvolutionShape
    ) -> any Step {
        guard let input = valueBuffers[stage.inputs[0]], let output = valueBuffers[stage.output] else {
            preconditionFailure("a convolution reads or writes a value without a buffer")
        }
        return ConvolutionStep(
            kernel: convolutions.kernel(for: shape),
            source: PackedWeights.Source(weight: weight, bias: bias, normalization: stage.normalization),
            appliesReLU: stage.appliesReLU, input: input,
            residual: stage.residual.flatMap { valueBuffers[$0] }, output: output,
            outputGradient: gradientBuffers[stage.output],
            inputGradient: targets[0], residualGradient: targets[stage.inputs.count])
    }
}

extension Operation {
    /// Whether normalisation, residual and ReLU can be fused behind the operation.
    fileprivate var acceptsEpilogue: Bool {
        switch self {
        case .convolution, .linear: true
        default: false
        }
    }
}
