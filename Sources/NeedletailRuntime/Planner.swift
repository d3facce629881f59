import NeedletailGraph
import NeedletailKernels

/// Compiles a graph that passes have made ready: lifetimes, gradients, steps.
struct Planner {
    private let graph: Graph
    private let trained: Set<Parameter>
    private let convolutions: ConvolutionAlgorithm
    let types: [[TensorType]]
    /// Below which values something trained lies.
    private let needsGradient: [Bool]
    /// The convolutions that run as one step, by the place of the last one.
    private let chains: [Int: Chain]
    /// The step in which each node is computed, by the place of its last node.
    private let places: [Int]
    /// The values that are written where the concatenation that reads them wants them.
    private let parts: [Graph.Port: Part]

    private(set) var layout = ArenaLayout()
    private(set) var steps: [any Step] = []
    private var valueBuffers: [Graph.Port: BufferID] = [:]
    private var gradientBuffers: [Graph.Port: BufferID] = [:]

    init(
        graph: Graph, inputTypes: [TensorType], trained: Set<Parameter>, convolutions: ConvolutionAlgorithm,
        threadCount: Int
    ) throws {
        self.graph = graph
        self.trained = trained
        self.convolutions = convolutions
        types = try graph.types(inputs: inputTypes)
        needsGradient = graph.dependents(on: trained)
        for (node, isTrained) in zip(graph.nodes, needsGradient) where isTrained && !node.operation.isDifferentiable {
            throw GraphError(
                .unsupported, node: node.name, problem: "it has no backward pass, and something below it is trained")
        }
        let chains = convolutions.chains ? Chain.all(in: graph, types, needsGradient, threadCount: threadCount) : []
        self.chains = Dictionary(uniqueKeysWithValues: chains.map { ($0.nodes.upperBound - 1, $0) })
        var places = Array(graph.nodes.indices)
        for chain in chains { for index in chain.nodes { places[index] = chain.nodes.upperBound - 1 } }
        self.places = places
        parts =
            trained.isEmpty && convolutions.chains
            ? Part.all(in: graph, types, but: Set(chains.flatMap(\.nodes)), convolutions: convolutions) : [:]
        placeValues()
        let targets = placeGradients()
        let gates = gates()
        let steps = try graph.nodes.indices.filter { isComputed($0) && places[$0] == $0 }.map { index in
            guard let chain = self.chains[index] else { return try step(of: index, targets: targets, gates: gates) }
            return ConvolutionChainStep(
                chain.kernel, of: try chain.nodes.map { try step(of: $0, targets: targets, gates: gates) })
        }
        self.steps = readingAhead(steps)
    }

    var inputBuffers: [BufferID] { graph.inputs.compactMap { valueBuffers[Graph.Port(node: $0)] } }
    var outputBuffers: [BufferID] { graph.outputs.compactMap { valueBuffers[$0.port] } }
    var outputGradientBuffers: [BufferID?] { graph.outputs.map { gradientBuffers[$0.port] } }
    var outputTypes: [TensorType] { graph.outputs.map { types[$0.port.node][$0.port.output] } }

    private func isComputed(_ index: Int) -> Bool { !(graph.nodes[index].operation is Input) }

    private func ports(of index: Int) -> [Graph.Port] {
        types[index].indices.map { Graph.Port(node: index, output: $0) }
    }

    private func count(of port: Graph.Port) -> Int { types[port.node][port.output].shape.count }

    // MARK: Memory

    /// Time runs over the nodes forward, to the moment of the loss, and over the nodes backward.
    private var lossMoment: Int { graph.nodes.count }
    private func backwardMoment(_ index: Int) -> Int { 2 * graph.nodes.count - index }

    private mutating func placeValues() {
        for (index, node) in graph.nodes.enumerated() {
            // Inputs are there before the first step.
            let moment = isComputed(index) ? places[index] : -1
            // What lies between the links of a chain is never whole.
            let isPassing = places[index] != index
            for port in ports(of: index) {
                if let part = parts[port] {
                    let whole = Graph.Port(node: part.concatenation)
                    if valueBuffers[whole] == nil {
                        valueBuffers[whole] = layout.reserve(count: count(of: whole), at: moment)
                    }
                    valueBuffers[port] = valueBuffers[whole]
                    extend(port, to: moment)
                } else if valueBuffers[port] == nil {
                    valueBuffers[port] = layout.reserve(count: isPassing ? 0 : count(of: port), at: moment)
                } else {
                    extend(port, to: moment)
                }
            }
            for (slot, read) in node.inputs.enumerated() where !node.operation.readsShapeOnly(ofInput: slot) {
                extend(read, to: moment)
            }
            guard needsGradient[index] else { continue }
            let kept = node.operation.kept(inputCount: node.inputs.count, trained: trained)
            for slot in kept.inputs { extend(node.inputs[slot], to: backwardMoment(index)) }
            if kept.outputs { for port in ports(of: index) { extend(port, to: backwardMoment(index)) } }
        }
        for output in graph.outputs { extend(output.port, to: lossMoment) }
    }

    private mutating func extend(_ port: Graph.Port, to moment: Int) {
        if let buffer = valueBuffers[port] { layout.extend(buffer, to: moment) }
    }

    /// Where each node sends the gradient of each of its inputs. Backward order decides who writes a gradient first and
    /// who adds to it.
    private mutating func placeGradients() -> [Int: [Int: GradientTarget]] {
        for output in graph.outputs where needsGradient[output.port.node] {
            gradientBuffers[output.port] = layout.reserve(count: count(of: output.port), at: lossMoment)
        }
        var targets: [Int: [Int: GradientTarget]] = [:]
        for (index, node) in graph.nodes.enumerated().reversed() where needsGradient[index] {
            let moment = backwardMoment(index)
            for port in ports(of: index) {
                if let own = gradientBuffers[port] { layout.extend(own, to: moment) }
            }
            for (slot, read) in node.inputs.enumerated() where wantsGradient(slot, of: node) {
                if let buffer = gradientBuffers[read] {
                    targets[index, default: [:]][slot] = GradientTarget(buffer: buffer, accumulates: true)
                    layout.extend(buffer, to: moment)
                } else {
                    let buffer = layout.reserve(count: count(of: read), at: moment)
                    gradientBuffers[read] = buffer
                    targets[index, default: [:]][slot] = GradientTarget(buffer: buffer, accumulates: false)
                }
            }
        }
        return targets
    }

    private func wantsGradient(_ slot: Int, of node: Graph.Node) -> Bool {
        needsGradient[node.inputs[slot].node] && !node.operation.readsShapeOnly(ofInput: slot)
    }

    /// The rectified values whose gradient is written last by an operator that can apply the derivative of the ReLU as it
    /// stores the gradient, with that operator's node.
    private func gates() -> [Graph.Port: Int] {
        var lastReaders: [Graph.Port: (node: Int, slot: Int)] = [:]
        for (index, node) in graph.nodes.enumerated() where needsGradient[index] {
            for (slot, read) in node.inputs.enumerated()
            where wantsGradient(slot, of: node) && lastReaders[read] == nil {
                lastReaders[read] = (index, slot)
            }
        }
        return lastReaders.filter { port, reader in
            graph.nodes[port.node].operation.rectifiesOutput
                && graph.nodes[reader.node].operation.canGateGradient(ofInput: reader.slot)
        }.mapValues(\.node)
    }

    // MARK: Steps

    private func step(
        of index: Int, targets: [Int: [Int: GradientTarget]], gates: [Graph.Port: Int]
    ) throws(OutOfMemoryError) -> any Step {
        let node = graph.nodes[index]
        return try node.operation.lowered(
            at: LoweringSite(
                name: node.name,
                inputs: node.inputs.enumerated().map { slot, port in
                    LoweringSite.Input(
                        buffer: buffer(port), type: types[port.node][port.output], gradient: targets[index]?[slot],
                        gatesGradient: gates[port] == index, isInPlace: parts[port]?.concatenation == index)
                },
                outputs: ports(of: index).map { port in
                    LoweringSite.Output(
                        buffer: buffer(port), type: types[port.node][port.output], gradient: gradientBuffers[port],
                        gradientIsGated: gates[port] != nil, part: parts[port]?.channels)
                }, trained: trained, convolutions: convolutions))
    }

    private func buffer(_ port: Graph.Port) -> BufferID {
        guard let buffer = valueBuffers[port] else {
            preconditionFailure("\(graph.nodes[port.node].name) has no buffer")
        }
        return buffer
    }
}
