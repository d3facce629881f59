import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels

/// Puts as much as can be planned of a network's nodes into a graph, for the shapes that are known.
struct StageBuilder {
    /// What is known of a value at this point.
    enum Binding {
        case constant(ONNXConstant)
        case planned(PlannedValue)
        /// Numbers that were computed before, of no use to a plan: integers.
        case known(ONNXSession.KnownValue)
        /// To be computed behind the plan, operator by operator.
        case pending
        /// To be computed in a later stage.
        case deferred
    }

    struct GraphInput {
        var name: String
        var shape: [Int]
        var order: [Int]

        var graphShape: [Int] { order.map { shape[$0] } }
    }

    private let network: ONNXNetwork
    private var reduction: BatchReduction?
    private let given: [String: ONNXSession.KnownValue]
    /// What earlier stages have found to be constant.
    private let known: [String: ONNXConstant]
    var nodes: [Graph.Node] = []
    var store = ParameterStore()
    var names: [String: Int] = [:]
    private var bindings: [String: Binding] = [:]
    private var inputs: [GraphInput] = []
    private var usedGiven: [String: [Int]] = [:]
    private var constants: [String: ONNXConstant] = [:]
    private var operators: [PreparedNode] = []
    private var rest: [PreparedNode] = []
    var arranged: [Arrangement: PlannedValue] = [:]
    /// What values that only have another shape were before.
    var shaped: [Graph.Port: (value: PlannedValue, source: PlannedValue)] = [:]
    var parameters: [ObjectIdentifier: Parameter] = [:]
    var evaluated: [ONNXConstant] = []
    /// Results of products of matrices, as maps of one row, before they take their own shape.
    var productPorts: Set<Graph.Port> = []

    struct Arrangement: Hashable {
        var port: Graph.Port
        var order: [Int]
    }

    init(
        _ network: ONNXNetwork, given: [String: ONNXSession.KnownValue], known: [String: ONNXConstant]
    ) {
        self.network = network
        reduction = network.reduction
        self.given = given
        self.known = known
    }

    /// Integers that floats hold exactly: plans move them, and make floats of them.
    private static let smallIntegers: Set<StoredTensor.ScalarType> = [.uint8, .int8]
    private static let moving: Set<String> = [
        "Cast", "Identity", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Slice", "Split", "Concat",
        "Gather", "Expand", "Tile", "MaxPool", "GlobalMaxPool", "DequantizeLinear",
    ]

    /// Operators whose work is worth a plan of its own, even behind what cannot be planned.
    private static let heavy: Set<String> = ["Conv", "ConvTranspose", "MatMul", "Gemm"]

    mutating func build(_ nodes: [PreparedNode]) throws -> ONNXSession.Stage {
        for node in nodes { try add(node) }
        var needed = Set(network.outputs.map(\.name))
        for node in operators + rest { needed.formUnion(node.node.inputs + node.captured) }
        var results: [(name: String, value: PlannedValue)] = []
        for name in needed.sorted() {
            if case .planned(let value)? = bindings[name], given[name]?.tensor == nil || isComputed(value) {
                results.append((name, value))
            }
        }
        // Constants that somebody computes with, or asks for.
        var kept: [String: ONNXConstant] = [:]
        for name in needed { kept[name] = constants[name] }
        let graph =
            results.isEmpty
            ? nil
            : try Graph(
                nodes: self.nodes, outputs: results.map { Graph.Output(name: $0.name, port: $0.value.port) })
        return ONNXSession.Stage(
            given: usedGiven, graph: graph, plan: nil, inputs: graph == nil ? [] : inputs, results: results,
            constants: kept, operators: operators, rest: rest)
    }

    /// The shapes of all values that are planned or constant.
    var shapes: [String: [Int]] { bindings.compactMapValues { shape(of: $0) } }

    private func isComputed(_ value: PlannedValue) -> Bool { !(nodes[value.port.node].operation is Input) }

    private mutating func binding(_ name: String) -> Binding? {
        if name.isEmpty { return nil }
        if let known = bindings[name] { return known }
        if let constant = network.constants[name] ?? known[name] { return .constant(constant) }
        guard let value = given[name] else { return .deferred }
        usedGiven[name] = value.shape
        let binding: Binding
        if value.kind.isFloatingPoint || Self.smallIntegers.contains(value.kind), !value.shape.contains(0) {
            let order =
                value.shape.count == 4 && !value.isChannelsLast
                ? PlannedValue.channelsLast(4) : Array(0..<value.shape.count)
            let input = GraphInput(name: name, shape: value.shape, order: order)
            inputs.append(input)
            nodes.append(
                Graph.Node(name: unique(name), operation: Input(dimensions: input.graphShape.map { $0 }), inputs: []))
            binding = .planned(
                PlannedValue(
                    port: Graph.Port(node: nodes.count - 1), shape: value.shape, order: order, kind: value.kind))
        } else {
            binding = .known(value)
        }
        bindings[name] = binding
        return binding
    }

    private mutating func add(_ prepared: PreparedNode) throws {
        let node = prepared.node
        var operands = node.inputs.map { binding($0) }
        if let changed = try reduction?.operands(of: node, operands) { operands = changed }
        func bind(_ binding: Binding) {
            for output in node.outputs where !output.isEmpty { bindings[output] = binding }
        }
        if operands.contains(where: { if case .deferred? = $0 { true } else { false } })
            || prepared.captured.contains(where: { if case .deferred? = bindings[$0] { true } else { false } })
        {
            rest.append(prepared)
            return bind(.deferred)
        }
        if node.kind == "If" { return try addBranch(prepared, condition: operands.first ?? nil) }
        if node.kind == "Loop" {
            operators.append(prepared)
            return bind(.pending)
        }
        if let shape = shape(of: operands.first ?? nil), node.kind == "Shape" || node.kind == "Size" {
            return try fold(prepared, shapeOnly: shape)
        }
        if operands.contains(where: { if case .pending? = $0 { true } else { false } }) {
            let isHeavy = Self.heavy.contains(node.kind)
            if isHeavy { rest.append(prepared) } else { operators.append(prepared) }
            return bind(isHeavy ? .deferred : .pending)
        }
        let folded: [ONNXConstant?]? = operands.reduce(into: []) { list, operand in
            switch operand {
            case nil: list?.append(nil)
            case .constant(let constant)?: list?.append(constant)
            default: list = nil
            }
        }
        // Weights that layers share may go by several names.
        if node.kind == "Identity", let constant = folded?.first ?? nil {
            constants[node.outputs[0]] = constant
            return bind(.constant(constant))
        }
        if let folded { return try fold(prepared, try folded.map { try $0?.tensor() }) }
        do {
            let request = LoweringRequest(prepared: prepared, operands: operands)
            let isComputable =
                Self.moving.contains(node.kind)
                || !operands.contains {
                    if case .planned(let value)? = $0 { !value.kind.isFloatingPoint } else { false }
                }
            if !network.plansNothing, isComputable, let lowering = Lowering.table[node.kind],
                let values = try lowering(request, &self)
            {
                for (output, value) in zip(node.outputs, values) where !output.isEmpty {
                    bindings[output] = .planned(value)
                }
                return
            }
        } catch let problem as NodeProblem {
            throw ONNXError(problem.kind, subject: prepared.subject, problem: problem.text)
        }
        operators.append(prepared)
        bind(.pending)
    }

    private func shape(of operand: Binding?) -> [Int]? {
        switch operand {
        case .planned(let value)?: value.shape
        case .known(let value)?: value.shape
        case .constant(let constant)?: constant.shape
        default: nil
        }
    }

    /// What is asked of a shape alone, which is known.
    private mutating func fold(_ prepared: PreparedNode, shapeOnly shape: [Int]) throws {
        let node = prepared.node
        do {
            let sizes = try node.kind == "Size" ? [shape.reduce(1, *)] : Interpreter.sizes(node, of: shape)
            keep(prepared, [ONNXTensor(sizes.map(Int64.init), shape: node.kind == "Size" ? [] : [sizes.count])])
        } catch let problem as NodeProblem {
            throw ONNXError(problem.kind, subject: prepared.subject, problem: problem.text)
        }
    }

    private mutating func fold(_ prepared: PreparedNode, _ inputs: [ONNXTensor?]) throws {
        keep(prepared, try network.evaluate(prepared, inputs))
    }

    private mutating func keep(_ prepared: PreparedNode, _ results: [ONNXTensor]) {
        for (output, result) in zip(prepared.node.outputs, results) where !output.isEmpty {
            let constant = ONNXConstant(result)
            constants[output] = constant
            bindings[output] = .constant(constant)
        }
    }

    /// The branch that a condition chooses, as if it stood there alone.
    private mutating func addBranch(_ prepared: PreparedNode, condition: Binding?) throws {
        let chosen: ONNXTensor?
        switch condition {
        case .constant(let constant)?: chosen = try constant.tensor()
        // What was computed before decides for this run alone.
        case .known(let value)?:
            chosen = value.tensor
            usedGiven[prepared.node.inputs[0]] = [-1]
        default: chosen = nil
        }
        guard let chosen, let graph = prepared.graphs[Interpreter.branch(chosen)] else {
            rest.append(prepared)
            for output in prepared.node.outputs { bindings[output] = .deferred }
            return
        }
        for node in graph.nodes { try add(node) }
        for (output, inner) in zip(prepared.node.outputs, graph.outputs) {
            // The results take the names outside.
            var identity = ONNXNode("Identity", inputs: [inner], outputs: [output])
            identity.name = prepared.node.name
            try add(PreparedNode(node: identity, version: prepared.version, subject: prepared.subject))
        }
    }
}
