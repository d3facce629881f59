import NeedletailArchives
import NeedletailCheckpoints
import NeedletailGraph

/// A file's graph made ready: functions are put in where they are called, nodes are in order, and everything is there.
struct ONNXPreparation {
    private(set) var nodes: [PreparedNode] = []
    private(set) var constants: [String: ONNXConstant] = [:]
    private let model: ONNXModel
    private let results: Set<String>
    private let path: String
    /// Functions may call functions; real ones do four or five deep.
    private static let maximumDepth = 24
    /// Nodes that functions may become.
    private static let maximumNodeCount = 1_000_000

    init(_ model: ONNXModel, path: String) throws {
        self.model = model
        results = Set(model.graph.outputs.map(\.name))
        self.path = path
        for tensor in model.graph.initializers { constants[tensor.name] = ONNXConstant(tensor) }
        var flat: [PreparedNode] = []
        try inline(
            model.graph.nodes, versions: model.operatorSets, renaming: { $0 }, attributes: [:], depth: 0, into: &flat)
        let given = Set(model.graph.inputs.map(\.name)).union(constants.keys)
        nodes = try Self.ordered(flat, given: given)
        let made = given.union(nodes.flatMap(\.node.outputs))
        for output in model.graph.outputs where !made.contains(output.name) {
            throw ONNXError(.malformed, subject: path, problem: "no node makes the output '\(printable(output.name))'")
        }
        guard !model.graph.outputs.isEmpty else {
            throw ONNXError(.malformed, subject: path, problem: "the network has no outputs")
        }
        try checkOperators()
    }

    private func subject(_ node: ONNXNode) -> String {
        let name = node.name.isEmpty ? node.outputs.first { !$0.isEmpty } ?? "" : node.name
        return "\(path): node '\(printable(name))' (\(printable(node.kind)))"
    }

    /// Takes nodes over, and those of the functions that they call in their stead.
    private mutating func inline(
        _ nodes: [ONNXNode], versions: [String: Int], renaming: (String) -> String,
        attributes: [String: ONNXAttribute], depth: Int, into flat: inout [PreparedNode]
    ) throws {
        guard depth < Self.maximumDepth, flat.count < Self.maximumNodeCount else {
            throw ONNXError(.malformed, subject: path, problem: "its functions call each other without an end")
        }
        for original in nodes {
            var node = original
            node.inputs = node.inputs.map { $0.isEmpty ? $0 : renaming($0) }
            node.outputs = node.outputs.map { $0.isEmpty ? $0 : renaming($0) }
            for (name, value) in node.attributes {
                if case .reference(let parameter) = value { node.attributes[name] = attributes[parameter] }
            }
            if let function = model.functions.first(where: { $0.name == node.kind && $0.domain == node.domain }) {
                var names = Dictionary(
                    zip(function.inputs, node.inputs + [String](repeating: "", count: function.inputs.count)),
                    uniquingKeysWith: { first, _ in first })
                names.merge(zip(function.outputs, node.outputs)) { _, output in output }
                let prefix = "\(node.outputs.first { !$0.isEmpty } ?? node.name)/\(flat.count)/"
                try inline(
                    function.nodes, versions: function.operatorSets.isEmpty ? versions : function.operatorSets,
                    renaming: { names[$0] ?? prefix + $0 },
                    attributes: function.defaults.merging(node.attributes) { _, given in given }, depth: depth + 1,
                    into: &flat)
                continue
            }
            if let other = QuantizedNodes.replacing(node, isResult: !results.isDisjoint(with: node.outputs)) {
                for tensor in other.constants { constants[tensor.name] = ONNXConstant(tensor) }
                // Their attributes are those of this version.
                flat += other.nodes.map { PreparedNode(node: $0, version: 17, subject: subject(node)) }
                continue
            }
            var prepared = PreparedNode(
                node: node, version: versions[node.domain] ?? versions[""] ?? 17, subject: subject(node))
            for (name, value) in node.attributes {
                guard case .graph(let graph) = value else { continue }
                try prepare(graph, named: name, of: &prepared, versions: versions, renaming: renaming, depth: depth)
            }
            flat.append(prepared)
        }
    }

    /// A graph within a node, which sees what stands before the node.
    private mutating func prepare(
        _ graph: ONNXGraph, named name: String, of node: inout PreparedNode, versions: [String: Int],
        renaming: (String) -> String, depth: Int
    ) throws {
        var inner: [PreparedNode] = []
        // Its constants are nodes of their own.
        for tensor in graph.initializers {
            var constant = ONNXNode("Constant", inputs: [], outputs: [renaming(tensor.name)])
            constant.attributes["value"] = .tensor(tensor)
            inner.append(PreparedNode(node: constant, version: 13, subject: subject(constant)))
        }
        try inline(graph.nodes, versions: versions, renaming: renaming, attributes: [:], depth: depth + 1, into: &inner)
        let inputs = graph.inputs.map { renaming($0.name) }, outputs = graph.outputs.map { renaming($0.name) }
        let made = Set(inner.flatMap(\.node.outputs) + inputs)
        let read = Set(inner.flatMap { $0.node.inputs + $0.captured } + outputs)
        node.captured += read.subtracting(made).subtracting([""]).sorted()
        node.graphs[name] = PreparedGraph(
            nodes: try Self.ordered(inner, given: read.subtracting(made).union(inputs)), inputs: inputs,
            outputs: outputs)
    }

    /// The nodes in an order in which each stands behind what it reads.
    private static func ordered(_ nodes: [PreparedNode], given: Set<String>) throws -> [PreparedNode] {
        var makers: [String: Int] = [:]
        for (index, node) in nodes.enumerated() {
            for output in node.node.outputs where !output.isEmpty {
                guard makers.updateValue(index, forKey: output) == nil, !given.contains(output) else {
                    throw ONNXError(
                        .malformed, subject: node.subject,
                        problem: "the value '\(printable(output))' is made a second time")
                }
            }
        }
        let dependencies = try nodes.map { node in
            try Set(
                (node.node.inputs + node.captured).filter { !$0.isEmpty && !given.contains($0) }.map { input in
                    guard let maker = makers[input] else {
                        throw ONNXError(
                            .malformed, subject: node.subject,
                            problem: "it reads '\(printable(input))', which nothing makes")
                    }
                    return maker
                })
        }
        let order = DependencyOrder(of: dependencies)
        if let stuck = order.cycle {
            throw ONNXError(.malformed, subject: nodes[stuck].subject, problem: "its value depends on itself")
        }
        return order.places.map { nodes[$0] }
    }

    /// - Throws: ``ONNXError`` with every operator that is not computed, before anything is.
    private func checkOperators() throws {
        var unknown: [String: [String]] = [:]
        func check(_ nodes: [PreparedNode]) {
            for prepared in nodes {
                let node = prepared.node
                let isKnown =
                    (node.domain.isEmpty || Interpreter.foreignDomains.contains(node.domain))
                    && (Interpreter.operations[node.kind] != nil || Interpreter.controls.contains(node.kind))
                if !isKnown {
                    let name = node.domain.isEmpty ? node.kind : "\(node.domain).\(node.kind)"
                    unknown[name, default: []].append(node.name.isEmpty ? node.outputs.first ?? "" : node.name)
                }
                for graph in prepared.graphs.values { check(graph.nodes) }
            }
        }
        check(nodes)
        guard !unknown.isEmpty else { return }
        let list = unknown.sorted { $0.key < $1.key }.map { kind, names in
            let more = names.count > 1 ? " and \(names.count - 1) more" : ""
            return "\(printable(kind)) (node '\(printable(names[0]))'\(more))"
        }
        let sum = unknown.values.reduce(0) { $0 + $1.count }
        let isQuantized = unknown.keys.contains { kind in
            let name = kind.split(separator: ".").last ?? ""
            return name.hasPrefix("Q") || name.hasSuffix("Integer") || name.hasSuffix("NBits")
                || name.contains("Quantize")
        }
        throw ONNXError(
            .unsupported, subject: path,
            problem: "\(sum == 1 ? "one node needs" : "\(sum) nodes need") operators that are not computed: "
                + list.joined(separator: ", "),
            remedy: isQuantized
                ? "The model is quantized; export it with floating-point numbers, or with QuantizeLinear and DequantizeLinear"
                : "Export the network without them, or cut them off its end")
    }
}
