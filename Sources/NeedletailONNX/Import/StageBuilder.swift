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
    private(set) var nodes: [Graph.Node] = []
    private var store = ParameterStore()
    private var names: [String: Int] = [:]
    private var bindings: [String: Binding] = [:]
    private var inputs: [GraphInput] = []
    private var usedGiven: [String: [Int]] = [:]
    private var constants: [String: ONNXConstant] = [:]
    private var operators: [PreparedNode] = []
    private var rest: [PreparedNode] = []
    private var arranged: [Arrangement: PlannedValue] = [:]
    /// What values that only have another shape were before.
    private var shaped: [Graph.Port: (value: PlannedValue, source: PlannedValue)] = [:]
    private var parameters: [ObjectIdentifier: Parameter] = [:]
    private var evaluated: [ONNXConstant] = []
    /// Results of products of matrices, as maps of one row, before they take their own shape.
    var productPorts: Set<Graph.Port> = []

    private struct Arrangement: Hashable {
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

    // MARK: What lowerings write with

    /// A name that no other node has.
    mutating func unique(_ name: String) -> String {
        let count = names[name, default: 0] + 1
        names[name] = count
        return count == 1 ? name : unique("\(name)#\(count)")
    }

    /// Adds an operator of one result.
    mutating func append(
        _ operation: some Operator, _ inputs: [PlannedValue], shape: [Int], order: [Int]? = nil, name: String,
        kind: StoredTensor.ScalarType? = nil
    ) -> PlannedValue {
        nodes.append(Graph.Node(name: unique(name), operation: operation, inputs: inputs.map(\.port)))
        return PlannedValue(
            port: Graph.Port(node: nodes.count - 1), shape: shape, order: order ?? Array(0..<shape.count),
            kind: kind ?? inputs.first?.kind ?? .float32)
    }

    /// The value with its axes in another order.
    mutating func arrange(_ value: PlannedValue, _ order: [Int]) -> PlannedValue {
        if value.order == order { return value }
        let key = Arrangement(port: value.port, order: order.map { value.place(ofAxis: $0) })
        if var known = arranged[key] {
            known.shape = value.shape
            known.order = order
            return known
        }
        let moved = append(
            Transposition(order.map { value.place(ofAxis: $0) }), [value], shape: value.shape, order: order,
            name: nodes[value.port.node].name + ".order")
        arranged[key] = moved
        return moved
    }

    mutating func plain(_ value: PlannedValue) -> PlannedValue { arrange(value, Array(0..<value.rank)) }

    mutating func channelsLast(_ value: PlannedValue) -> PlannedValue {
        arrange(value, PlannedValue.channelsLast(value.rank))
    }

    /// A parameter of constant numbers; those of a file are used where they lie, if they can be.
    mutating func parameter(_ constant: ONNXConstant, name: String) throws -> Parameter {
        if let known = parameters[ObjectIdentifier(constant)] { return known }
        let parameter = store.root.parameter(
            unique(name), shape: constant.shape, initializedBy: .constant(0))
        let isAdopted =
            constant.stored.flatMap { stored in
                stored.withUnsafeFloats { floats in
                    parameter.adopt(FloatStorage(sharing: floats, of: stored.owner))
                    return true
                }
            } ?? false
        if !isAdopted { Self.fill(parameter, try constant.tensor().floats) }
        parameters[ObjectIdentifier(constant)] = parameter
        // The address of one that is gone could be another's.
        evaluated.append(constant)
        return parameter
    }

    mutating func parameter(_ floats: [Float], shape: [Int], name: String) -> Parameter {
        let parameter = store.root.parameter(
            unique(name), shape: shape, initializedBy: .constant(0))
        Self.fill(parameter, floats)
        return parameter
    }

    private static func fill(_ parameter: Parameter, _ floats: [Float]) {
        parameter.update { values in _ = values.update(from: floats) }
    }

    /// `scale · x + offset` for each number of the last axis of the graph's tensor.
    mutating func scaled(
        _ value: PlannedValue, by scale: [Float], plus offset: [Float], variance: [Float]? = nil, mean: [Float]? = nil,
        epsilon: Float = 0, name: String
    ) -> PlannedValue {
        if variance == nil, mean == nil, let joined = rescaled(value, by: scale, plus: offset, name: name) {
            return joined
        }
        let scope = store.root[unique(name + ".scale")]
        let normalization = BatchNormalization(scope, channels: scale.count, kind: .frozen, epsilon: epsilon)
        Self.fill(normalization.weight, scale)
        Self.fill(normalization.bias, offset)
        if let variance { Self.fill(normalization.variance, variance) }
        if let mean { Self.fill(normalization.mean, mean) }
        return map(value, by: normalization, name: name)
    }

    /// A factor and an offset that are part of the normalisation before them; nil where there is none.
    private mutating func rescaled(
        _ value: PlannedValue, by scale: [Float], plus offset: [Float], name: String
    ) -> PlannedValue? {
        let maker = nodes[value.port.node]
        let input = PlannedValue(
            port: maker.inputs.first ?? value.port, shape: value.shape, order: value.order, kind: value.kind)
        switch maker.operation {
        case let group as GroupNormalization:
            let joined = GroupNormalization(
                scope(name + ".normalization"), channels: scale.count, groups: group.groups, epsilon: group.epsilon)
            set(joined.weight, zip(group.weight.values, scale).map { $0 * $1 })
            set(joined.bias, zip(group.bias.values, zip(scale, offset)).map { $0 * $1.0 + $1.1 })
            return append(joined, [input], shape: value.shape, order: value.order, name: name)
        case let length as L2Normalization where offset.allSatisfy { $0 == 0 }:
            let joined = L2Normalization(
                scope(name + ".normalization"), name: "weight", channels: scale.count, scale: 1, epsilon: length.epsilon
            )
            set(joined.weight, zip(length.weight.values, scale).map { $0 * $1 })
            return append(joined, [input], shape: value.shape, order: value.order, name: name)
        default: return nil
        }
    }

    /// Applies what looks at each number, or at the numbers of the last axis, on its own.
    ///
    /// A product of matrices is a convolution with a change of shape behind it: what follows goes between the two, where it
    /// becomes part of the convolution.
    mutating func map(_ value: PlannedValue, by operation: some Operator, name: String) -> PlannedValue {
        var inner = value
        inner.port = core(value)
        guard inner.port != value.port, value.isPlain else {
            return append(operation, [value], shape: value.shape, order: value.order, name: name)
        }
        let mapped = append(operation, [inner], shape: value.shape, name: name)
        productPorts.insert(mapped.port)
        return append(Reshape(to: value.shape), [mapped], shape: value.shape, name: name + ".rows")
    }

    /// A scope for a layer's parameters.
    mutating func scope(_ name: String) -> ParameterScope { store.root[unique(name)] }

    /// Changes the numbers of a parameter that a layer has made.
    func set(_ parameter: Parameter, _ floats: [Float]) { Self.fill(parameter, floats) }

    /// A constant as a value of the plan.
    mutating func value(of constant: ONNXConstant, name: String) throws -> PlannedValue {
        let parameter = try parameter(constant, name: name)
        return append(ConstantTensor(parameter), [], shape: constant.shape, name: name + ".constant")
    }

    /// Where the numbers of a value are made: below the change of shape behind a product of matrices.
    func core(_ value: PlannedValue) -> Graph.Port {
        let maker = nodes[value.port.node]
        guard maker.operation is Reshape, let product = maker.inputs.first, productPorts.contains(product) else {
            return value.port
        }
        return product
    }

    /// The node that makes a value.
    func maker(_ value: PlannedValue) -> Graph.Node { nodes[value.port.node] }

    /// Numbers in another shape, without a word of how they lie where that is not needed.
    mutating func reshape(_ value: PlannedValue, to shape: [Int], name: String) -> PlannedValue {
        if shape == value.shape { return value }
        if var source = source(of: value), source.shape == shape {
            source.kind = value.kind
            return source
        }
        let result: PlannedValue
        if value.rank >= 3, shape.count >= 3, value.isChannelsLast, shape[0] == value.shape[0],
            shape[1] == value.shape[1]
        {
            // Maps whose axes are only joined or parted, in front of their channels or behind their batch.
            let order = PlannedValue.channelsLast(shape.count)
            result = append(Reshape(to: order.map { shape[$0] }), [value], shape: shape, order: order, name: name)
        } else if value.rank == 4, value.isChannelsLast, shape == [value.shape[0], value.shape[1...].reduce(1, *)] {
            // One row of numbers an image: a linear layer behind it reads the map as it lies.
            result = append(Flatten(), [value], shape: shape, name: name)
        } else {
            result = append(Reshape(to: shape), [plain(value)], shape: shape, name: name)
        }
        shaped[result.port] = (result, value)
        return result
    }

    /// What a value was before it took its shape; nil where it is more than another shape of something.
    func source(of value: PlannedValue) -> PlannedValue? {
        guard let (made, source) = shaped[value.port], made.shape == value.shape, made.order == value.order else {
            return nil
        }
        return source
    }
}

/// A node with what is known of the values that it reads.
struct LoweringRequest {
    let prepared: PreparedNode
    let operands: [StageBuilder.Binding?]

    var node: ONNXNode { prepared.node }
    var version: Int { prepared.version }
    /// What the values of the graph are called.
    var name: String { node.name.isEmpty ? node.outputs.first { !$0.isEmpty } ?? node.kind : node.name }

    func planned(_ slot: Int = 0) -> PlannedValue? {
        guard slot < operands.count, case .planned(let value)? = operands[slot] else { return nil }
        return value
    }

    func constant(_ slot: Int) -> ONNXConstant? {
        guard slot < operands.count, case .constant(let constant)? = operands[slot] else { return nil }
        return constant
    }

    func isAbsent(_ slot: Int) -> Bool { slot >= operands.count || operands[slot] == nil }

    /// The node with its constants as tensors; nil when something else is there.
    func evaluation(without planned: Set<Int> = [0]) throws -> Evaluation? {
        var inputs: [ONNXTensor?] = []
        for (slot, operand) in operands.enumerated() {
            switch operand {
            case nil: inputs.append(nil)
            case .constant(let constant)?: inputs.append(planned.contains(slot) ? nil : try constant.tensor())
            default:
                guard planned.contains(slot) else { return nil }
                inputs.append(nil)
            }
        }
        return Evaluation(node: node, version: version, inputs: inputs)
    }
}
