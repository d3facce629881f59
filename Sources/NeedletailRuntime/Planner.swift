import NeedletailKernels

/// Compiles a graph: shapes, fusion, lifetimes, steps.
struct Planner {
    private let graph: Graph
    private let gradients: ParameterGradients?
    private let convolutions: ConvolutionAlgorithm

    private(set) var shapes: [TensorShape]
    private var isReachable: [Bool]
    private var consumers: [[Int]]
    /// What runs at each moment: one stage, or several that share their weights.
    private var groups: [[Stage]] = []

    private(set) var layout = ArenaLayout()
    private(set) var steps: [any Step] = []
    private var valueBuffers: [Int: BufferID] = [:]
    private var gradientBuffers: [Int: BufferID] = [:]

    init(
        graph: Graph, inputShapes: [TensorShape], purpose: Plan.Purpose, convolutions: ConvolutionAlgorithm
    ) throws {
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
        shapes = try graph.inferShapes(inputShapes: inputShapes)
    }

    var inputBuffers: [BufferID] { graph.inputs.compactMap { valueBuffers[$0] } }
    var outputBuffers: [BufferID] { graph.outputs.compactMap { valueBuffers[$0] } }
    var outputGradientBuffers: [BufferID?] { graph.outputs.map { gradientBuffers[$0] } }

    mutating func plan() {
        formStages()
        placeBuffers()
    }

    // MARK: Fusion

    private mutating func formStages() {
        var absorbed = Set<Int>()
        var stages: [Stage] = []
        for index in graph.nodes.indices where isReachable[index] && !absorbed.contains(index) {
            let node = graph.nodes[index]
            if case .input = node.operation { continue }
            var stage = Stage(operation: node.operation, inputs: node.inputs, output: index)
            if node.operation.acceptsEpilogue { extend(&stage, absorbing: &absorbed) }
            stages.append(stage)
        }
        groups = Stage.grouped(stages)
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

    /// Time runs over the groups forward, to the moment of the loss, and over the groups backward.
    private var lossMoment: Int { groups.count }
    private func backwardMoment(_ position: Int) -> Int { 2 * groups.count - position }

    private mutating func placeBuffers() {
        let needsGradient = findGradients()
        // Convolutions that run as one must do so backward too.
        groups = groups.flatMap { group in
            [[true, true], [true, false], [false, true], [false, false]].map { gradients in
                group.filter { gradients == [needsGradient[$0.inputs[0]], needsGradient[$0.output]] }
            }.filter { !$0.isEmpty }
        }
        placeValues(needsGradient)
        let targets = placeGradients(needsGradient)
        let gates = findGates(needsGradient)
        for group in groups { steps.append(step(for: group, targets: targets, gates: gates)) }
    }

    /// The values below which something trained lies.
    private func findGradients() -> [Bool] {
        var needsGradient = [Bool](repeating: false, count: graph.nodes.count)
        for stage in groups.joined() {
            needsGradient[stage.output] =
                stage.reads.contains { needsGradient[$0] } || stage.operation.parameters.contains { isTrained($0) }
        }
        return needsGradient
    }

    private mutating func placeValues(_ needsGradient: [Bool]) {
        for input in graph.inputs { valueBuffers[input] = layout.reserve(count: shapes[input].count, at: -1) }
        for (position, group) in groups.enumerated() {
            for stage in group {
                let output = layout.reserve(count: shapes[stage.output].count, at: position)
                valueBuffers[stage.output] = output
                for read in stage.reads where !isShapeOnly(read, in: stage) {
                    if let buffer = valueBuffers[read] { layout.extend(buffer, to: position) }
                }
                guard needsGradient[stage.output] else { continue }
                let backward = backwardMoment(position)
                if keepsInput(stage), let buffer = valueBuffers[stage.inputs[0]] {
                    layout.extend(buffer, to: backward)
                }
                if keepsOutput(stage) { layout.extend(output, to: backward) }
            }
        }
        for output in graph.outputs {
            guard let buffer = valueBuffers[output] else { continue }
            layout.extend(buffer, to: lossMoment)
        }
    }

    /// Where each stage, known by its output, sends the gradient of each of its inputs. Backward order decides who
    /// writes a gradient first and who adds to it.
    private mutating func placeGradients(_ needsGradient: [Bool]) -> [Int: [Int: GradientTarget]] {
        for output in graph.outputs where needsGradient[output] {
            gradientBuffers[output] = layout.reserve(count: shapes[output].count, at: lossMoment)
        }
        var targets: [Int: [Int: GradientTarget]] = [:]
        for (position, group) in groups.enumerated().reversed() {
            let moment = backwardMoment(position)
            for stage in group where needsGradient[stage.output] {
                if let own = gradientBuffers[stage.output] { layout.extend(own, to: moment) }
                for (slot, read) in stage.reads.enumerated()
                where needsGradient[read] && !isShapeOnly(slot, of: stage) {
                    if let buffer = gradientBuffers[read] {
                        targets[stage.output, default: [:]][slot] = GradientTarget(buffer: buffer, accumulates: true)
                        layout.extend(buffer, to: moment)
                    } else {
                        let buffer = layout.reserve(count: shapes[read].count, at: moment)
                        gradientBuffers[read] = buffer
                        targets[stage.output, default: [:]][slot] = GradientTarget(buffer: buffer, accumulates: false)
                    }
                }
            }
        }
        return targets
    }

    /// The rectified values whose gradient is written last by a convolution that reads them, with the output of that
    /// convolution: it applies the derivative of the ReLU as it stores the gradient.
    private func findGates(_ needsGradient: [Bool]) -> [Int: Int] {
        var lastReader: [Int: (stage: Stage, slot: Int)] = [:]
        var rectified: [Int] = []
        for stage in groups.joined() where needsGradient[stage.output] {
            if stage.appliesReLU { rectified.append(stage.output) }
            for (slot, read) in stage.reads.enumerated()
            where needsGradient[read] && !isShapeOnly(slot, of: stage) && lastReader[read] == nil {
                lastReader[read] = (stage, slot)
            }
        }
        var gates: [Int: Int] = [:]
        for value in rectified {
            if let reader = lastReader[value], reader.slot == 0, reader.stage.operation.acceptsEpilogue {
                gates[value] = reader.stage.output
            }
        }
        return gates
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

    private func step(
        for group: [Stage], targets: [Int: [Int: GradientTarget]], gates: [Int: Int]
    ) -> any Step {
        let stage = group[0]
        if stage.operation.acceptsEpilogue { return convolutionStep(group, targets: targets, gates: gates) }
        let targets = targets[stage.output] ?? [:]
        let input = buffer(stage.inputs[0]), output = buffer(stage.output)
        let gradient = gradientBuffers[stage.output], target = targets[0]
        let inputShape = shapes[stage.inputs[0]], shape = shapes[stage.output]
        switch stage.operation {
        case .input, .convolution, .linear:
            preconditionFailure("the input is not a stage, and convolutions have been dealt with")
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

    private func buffer(_ node: Int) -> BufferID {
        guard let buffer = valueBuffers[node] else { preconditionFailure("value \(node) has no buffer") }
        return buffer
    }

    private func convolutionStep(
        _ group: [Stage], targets: [Int: [Int: GradientTarget]], gates: [Int: Int]
    ) -> any Step {
        let stage = group[0], parameters = stage.operation.convolutionParameters
        guard let parameters else { preconditionFailure("not a convolution") }
        let maps = group.map { stage in
            let targets = targets[stage.output] ?? [:], input = stage.inputs[0]
            return ConvolutionStep.Map(
                input: buffer(input), residual: stage.residual.map(buffer), output: buffer(stage.output),
                outputGradient: gradientBuffers[stage.output],
                masksOutputGradient: stage.appliesReLU && gates[stage.output] == nil, inputGradient: targets[0],
                inputGate: gates[input] == stage.output ? buffer(input) : nil,
                residualGradient: targets[stage.inputs.count])
        }
        return ConvolutionStep(
            kernel: convolutions.kernel(
                for: group.map { $0.operation.convolutionShape(input: shapes[$0.inputs[0]]) }),
            source: PackedWeights.Source(
                weight: parameters.weight, bias: parameters.bias, normalization: stage.normalization),
            activation: stage.appliesReLU ? .relu : nil, maps: maps)
    }
}
