import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels
import NeedletailRuntime

/// A network for inputs of certain shapes: plans, and between them what is computed operator by operator.
///
/// Each stage is a plan, followed by the operators that read its results and cannot be planned. What comes behind those is
/// planned when their results, and so all shapes, are known; usually there is one stage.
final class ONNXSession {
    /// Which keeps its sessions, so that they must not keep it.
    private unowned let network: ONNXNetwork
    private var stages: [Stage] = []
    private let packedWeights: PackedWeights

    /// A plan with what follows it.
    struct Stage {
        /// The shapes of what was computed before and is read here: the plan holds for no others.
        var given: [String: [Int]]
        var graph: Graph?
        var plan: Plan?
        var inputs: [StageBuilder.GraphInput]
        var results: [(name: String, value: PlannedValue)]
        var constants: [String: ONNXConstant]
        var operators: [PreparedNode]
        var rest: [PreparedNode]
    }

    init(_ network: ONNXNetwork) {
        self.network = network
        packedWeights = PackedWeights()
    }

    /// Makes one for a replica of the network: the graphs and weights are shared, the memory is its own.
    init(replicaOf session: ONNXSession, in network: ONNXNetwork) {
        self.network = network
        packedWeights = PackedWeights(sharing: session.packedWeights)
        stages = session.stages.map { stage in
            var stage = stage
            stage.plan = nil
            return stage
        }
    }

    /// Bytes that the plans hold.
    var planMemorySize: Int { stages.reduce(0) { $0 + ($1.plan?.memorySize ?? 0) } }

    /// The first stage, whose graph usually is the whole network.
    func firstStage(_ feeds: [String: ONNXFeed]) throws -> Stage {
        try stage(0, values: feeds.mapValues { KnownValue($0) })
    }

    /// What is known of a value while a network runs.
    struct KnownValue {
        var shape: [Int]
        var kind: StoredTensor.ScalarType
        /// Nil for maps that are written where the plan reads them.
        var tensor: ONNXTensor?
        /// Whether the file's own order has the channels last, so that nothing is to be moved.
        var isChannelsLast = false

        init(_ tensor: ONNXTensor) {
            shape = tensor.shape
            kind = tensor.kind
            self.tensor = tensor
        }

        init(_ feed: ONNXFeed) {
            shape = feed.shape
            kind = .float32
            switch feed {
            case .tensor(let tensor):
                kind = tensor.kind
                self.tensor = tensor
            case .map(_, let isChannelsLast, _): self.isChannelsLast = isChannelsLast
            }
        }
    }

    func run(_ feeds: [String: ONNXFeed], pool: ThreadPool) throws -> [String: ONNXTensor] {
        var values = feeds.mapValues { KnownValue($0) }
        var index = 0, steps = 0
        repeat {
            var stage = try self.stage(index, values: values)
            if stage.plan == nil, let graph = stage.graph {
                stage.plan = try plan(graph, stage.inputs, pool)
                stages[index] = stage
            }
            for (name, constant) in stage.constants where values[name] == nil {
                values[name] = KnownValue(try constant.tensor())
            }
            if let plan = stage.plan {
                for (slot, input) in stage.inputs.enumerated() {
                    guard let target = plan.input(slot).baseAddress else { continue }
                    if case .map(_, _, let write)? = feeds[input.name] {
                        write(target)
                    } else if let tensor = values[input.name]?.tensor {
                        let kernel = AxisOrderKernel(shape: tensor.shape, permutation: input.order)
                        tensor.floats.withUnsafeBufferPointer { numbers in
                            if let source = numbers.baseAddress { kernel.run(source, to: target, pool: pool) }
                        }
                    }
                }
                plan.forward()
                for (slot, result) in stage.results.enumerated() {
                    values[result.name] = KnownValue(result.value.tensor(plan.output(slot), pool: pool))
                }
            }
            for prepared in stage.operators {
                let results = try network.evaluate(prepared, &steps) { try tensor($0, &values, feeds) }
                for (name, result) in zip(prepared.node.outputs, results) where !name.isEmpty {
                    values[name] = KnownValue(result)
                }
            }
            index += 1
            if stage.rest.isEmpty { break }
        } while true
        var outputs: [String: ONNXTensor] = [:]
        for port in network.outputs { outputs[port.name] = try tensor(port.name, &values, feeds) }
        return outputs
    }

    private func tensor(
        _ name: String, _ values: inout [String: KnownValue], _ feeds: [String: ONNXFeed]
    ) throws -> ONNXTensor? {
        if name.isEmpty { return nil }
        if let known = values[name]?.tensor { return known }
        // A map that an operator reads before any plan does.
        if let tensor = feeds[name]?.written {
            values[name]?.tensor = tensor
            return tensor
        }
        return try network.constants[name]?.tensor()
    }

    private func plan(_ graph: Graph, _ inputs: [StageBuilder.GraphInput], _ pool: ThreadPool) throws -> Plan {
        do {
            return try Plan(
                graph: graph, inputShapes: inputs.map { TensorShape($0.graphShape) }, purpose: .inference, pool: pool,
                packedWeights: packedWeights)
        } catch let error as GraphError {
            throw ONNXError(.malformed, subject: "\(network.path): node '\(error.node)'", problem: error.problem)
        }
    }

    /// The stage of a number, planned anew when other shapes reach it than before.
    private func stage(_ index: Int, values: [String: KnownValue]) throws -> Stage {
        let given = values.mapValues(\.shape)
        if index < stages.count, stages[index].given.allSatisfy({ given[$0.key] == $0.value }) { return stages[index] }
        stages.removeSubrange(min(index, stages.count)...)
        let nodes = index == 0 ? network.nodes : stages[index - 1].rest
        let known = stages.reduce(into: [:]) { all, stage in all.merge(stage.constants) { first, _ in first } }
        var builder = StageBuilder(network, given: values, known: known)
        let stage = try builder.build(nodes)
        // What waits for a value that is neither given nor made would wait for ever.
        if let first = stage.rest.first, stage.rest.count == nodes.count {
            throw ONNXError(
                .malformed, subject: first.subject, problem: "it reads a value that is neither given nor made")
        }
        stages.append(stage)
        return stage
    }
}

extension ONNXNetwork {
    /// Computes one node by its definition.
    func evaluate(_ prepared: PreparedNode, _ inputs: [ONNXTensor?]) throws -> [ONNXTensor] {
        do {
            return try Interpreter.evaluate(
                Evaluation(node: prepared.node, version: prepared.version, inputs: inputs))
        } catch let problem as NodeProblem {
            throw ONNXError(problem.kind, subject: prepared.subject, problem: problem.text)
        }
    }
}
