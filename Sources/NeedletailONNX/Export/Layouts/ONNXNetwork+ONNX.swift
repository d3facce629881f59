import NeedletailCheckpoints
import NeedletailGraph
import NeedletailImages
import NeedletailKernels

extension ONNXExport {
    /// Writes the network of another file as it is computed here, for inputs of one size: under its own names, with what the
    /// file says of itself. What no plan holds, such as which boxes remain, is taken over node by node, in the version of the
    /// operators that the file has.
    ///
    /// - Parameters:
    ///   - input: The size of the photograph; the file's own, or 640 pixels where it leaves it open, unless given.
    ///   - options: The layout means nothing here.
    /// - Throws: ``ONNXError`` for what cannot be written, by its node.
    public init(_ network: ONNXNetwork, input: Image.Size? = nil, options: Options = Options(layout: .raw)) throws {
        var options = options
        options.layout = .raw
        let planned = try network.planned(input: input)
        let rest = ONNXNodeCopy(planned.stage.operators + planned.stage.rest, path: network.path)
        if let opset = try rest.opset { options.opset = opset }
        try Self.check(options)
        let writer = ONNXWriter(
            opset: options.opset, isHalf: options.isHalf,
            reserved: network.inputs.map(\.name) + network.outputs.map(\.name))
        let stage = planned.stage
        let export = try stage.graph.map { graph in
            try ONNXGraphExport(graph, inputs: stage.inputs.map { TensorType(TensorShape($0.graphShape)) })
        }
        let isOpen = options.isDynamic && rest.nodes.isEmpty && network.inputs.count == 1
        let size = ONNXInput(
            size: Extent(height: planned.input.height, width: planned.input.width), channels: 3,
            isSizeFree: isOpen && (export?.allowsOtherSizes ?? false),
            isBatchFree: isOpen && (export?.allowsOtherBatches ?? false))

        var values: [String: String] = [:]
        for port in network.inputs {
            let shape = planned.feeds[port.name]?.shape ?? []
            values[port.name] = writer.input(
                port.name, Self.dimensions(shape, of: size, named: port.name), port.kind ?? .float32)
        }
        var isPlanned: Set<String> = []
        if let export {
            let given = stage.inputs.map { input in
                let kind = network.inputs.first { $0.name == input.name }?.kind ?? .float32
                let value = values[input.name] ?? input.name
                return ONNXPlacedValue(
                    name: kind == .float32 ? value : writer.cast(value, to: .float32, named: input.name + "/float"),
                    axes: ONNXAxes(order: input.order.indices.map { input.order.firstIndex(of: $0) ?? $0 }))
            }
            let written = try export.write(to: writer, reading: given, isSizeFree: size.isSizeFree)
            for (result, output) in zip(stage.results, export.graph.outputs) {
                let axes = ONNXAxes(order: (0..<result.value.rank).map { result.value.place(ofAxis: $0) })
                let value = written.value(of: output.port, in: axes)
                let kind = result.value.kind
                values[result.name] =
                    kind == .float32 ? value : writer.cast(value, to: kind, named: result.name + "/kind")
                isPlanned.insert(result.name)
            }
        }
        try rest.write(to: writer, &values) { stage.constants[$0] ?? network.constants[$0] }
        for port in network.outputs {
            let value =
                try values[port.name]
                ?? writer.constant(port.name, stage.constants[port.name] ?? network.constants[port.name])
            guard let value else {
                throw ONNXError(.malformed, subject: network.path, problem: "nothing makes the output '\(port.name)'")
            }
            let result = isPlanned.contains(port.name) ? stage.results.first { $0.name == port.name }?.value : nil
            let dimensions =
                result.map { Self.dimensions($0.shape, of: size, named: port.name) }
                ?? (port.shape ?? []).map { $0.map { .fixed($0) } ?? .free("") }
            writer.output(port.name, value, dimensions, result?.kind ?? port.kind ?? .float32)
        }
        self.init(
            writer, options: options, architecture: "graph", classes: [], input: size,
            metadata: network.metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, companions: [])
        for (domain, version) in rest.domains { model.operatorSets[domain] = version }
    }

    /// Of a map or of rows, with those open that the file leaves open.
    private static func dimensions(_ shape: [Int], of input: ONNXInput, named name: String) -> [ONNXValue.Dimension] {
        shape.enumerated().map { axis, size in
            if axis == 0, input.isBatchFree { return .free("batch") }
            return axis > 1 && input.isSizeFree ? .free("\(name).\(axis)") : .fixed(size)
        }
    }
}

/// Nodes of a file that are written as they are.
struct ONNXNodeCopy {
    let nodes: [PreparedNode]
    private let path: String

    init(_ nodes: [PreparedNode], path: String) { (self.nodes, self.path) = (nodes, path) }

    /// The versions of other domains than ONNX's own.
    var domains: [String: Int] {
        Self.all(nodes).reduce(into: [:]) { if !$1.node.domain.isEmpty { $0[$1.node.domain] = $1.version } }
    }

    /// With those of the graphs within them.
    private static func all(_ nodes: [PreparedNode]) -> [PreparedNode] {
        nodes.flatMap { [$0] + $0.graphs.sorted { $0.key < $1.key }.flatMap { all($0.value.nodes) } }
    }

    /// The version of ONNX's own operators that they need; nil where there are none.
    ///
    /// - Throws: ``ONNXError`` where no version that is written has them.
    var opset: Int? {
        get throws {
            // Constants mean the same in all versions.
            let own = Self.all(nodes).filter { $0.node.domain.isEmpty && $0.node.kind != "Constant" }
            guard let version = own.map(\.version).max() else { return nil }
            for prepared in own {
                guard prepared.version == version, version <= ONNXExport.opsets.upperBound,
                    version >= ONNXExport.opsets.lowerBound
                        || (version >= 11 && !Self.changed.contains(prepared.node.kind))
                else {
                    throw ONNXError(
                        .unsupported, subject: prepared.subject,
                        problem:
                            "it is taken over as it is, from version \(prepared.version) of the operators, and those from "
                            + "\(ONNXExport.opsets.lowerBound) to \(ONNXExport.opsets.upperBound) are written",
                        remedy: "Export the network with one of these where it comes from.")
                }
            }
            return max(version, ONNXExport.opsets.lowerBound)
        }
    }

    /// Operators that mean something else from version 13 on.
    private static let changed: Set<String> = ["Softmax", "LogSoftmax", "Hardmax"]
    /// Operators that read from version 13 on what was an attribute before.
    private static let moved = ["Squeeze": "axes", "Unsqueeze": "axes", "ReduceSum": "axes", "Split": "split"]

    /// - Parameters:
    ///   - values: What has been written, by the names in the file.
    ///   - constant: Of those names.
    func write(
        to writer: ONNXWriter, _ values: inout [String: String], constant: (String) -> ONNXConstant?
    ) throws {
        for prepared in nodes { writer.append(try written(prepared, writer, &values, constant)) }
    }

    /// A node with what it reads and makes under the names that they have in what is written.
    private func written(
        _ prepared: PreparedNode, _ writer: ONNXWriter, _ values: inout [String: String],
        _ constant: (String) -> ONNXConstant?
    ) throws -> ONNXNode {
        var node = prepared.node
        for name in node.inputs + prepared.captured where !name.isEmpty && values[name] == nil {
            guard let written = try writer.constant(name, constant(name)) else {
                throw ONNXError(
                    .malformed, subject: prepared.subject, problem: "it reads '\(name)', which nothing makes")
            }
            values[name] = written
        }
        node.inputs = node.inputs.map { values[$0] ?? $0 }
        if prepared.version < 13, let name = Self.moved[node.kind], let numbers = try node.integers(name) {
            node.attributes[name] = nil
            node.inputs.append(writer.integers(numbers, named: "\(node.outputs.first ?? node.kind)/\(name)"))
        }
        for (name, graph) in prepared.graphs.sorted(by: { $0.key < $1.key }) {
            guard case .graph(let stated)? = node.attributes[name] else { continue }
            node.attributes[name] = .graph(try written(graph, stated, writer, values, constant))
        }
        let outputs = node.outputs
        node = writer.renaming(node)
        for (name, written) in zip(outputs, node.outputs) where !name.isEmpty { values[name] = written }
        return node
    }

    /// A graph within a node, which sees what stands before the node.
    private func written(
        _ graph: PreparedGraph, _ stated: ONNXGraph, _ writer: ONNXWriter, _ outer: [String: String],
        _ constant: (String) -> ONNXConstant?
    ) throws -> ONNXGraph {
        var result = stated, values = outer
        result.initializers = []
        for (index, name) in graph.inputs.enumerated() {
            result.inputs[index].name = writer.unused(name, kind: "input")
            values[name] = result.inputs[index].name
        }
        result.nodes = try graph.nodes.map { try written($0, writer, &values, constant) }
        for (index, name) in graph.outputs.enumerated() {
            // What stands outside, or goes through, is no result of a graph by itself.
            let identity = writer.renaming(ONNXNode("Identity", inputs: [values[name] ?? name], outputs: [name]))
            result.nodes.append(identity)
            result.outputs[index].name = identity.outputs[0]
        }
        return result
    }
}

extension ONNXWriter {
    /// A constant of another file; nil for none.
    fileprivate func constant(_ name: String, _ constant: ONNXConstant?) throws -> String? {
        guard let constant else { return nil }
        if let stored = constant.stored { return tensor(stored, named: name) }
        let tensor = try constant.tensor(), value: String
        switch tensor.numbers {
        case .floats(let numbers): value = floats(numbers, tensor.shape, named: name)
        case .integers(let numbers): value = integers(numbers.map { Int($0) }, tensor.shape, named: name)
        }
        return tensor.kind == .float32 || tensor.kind == .int64
            ? value : cast(value, to: tensor.kind, named: name + "/kind")
    }
}
