import NeedletailGraph

/// A graph as ONNX has it: a walk over its nodes.
struct ONNXGraphExport {
    let graph: Graph
    let types: [[TensorType]]

    /// - Parameter inputs: Their types.
    /// - Throws: `GraphError` where a map of this size does not fit, ``ONNXError`` for an operator that ONNX does not have.
    init(_ graph: Graph, inputs: [TensorType]) throws {
        // What only training does is left out, and normalisation is a part of the layer before it.
        self.graph = FoldNormalization()(SkipDropout()(DropUnread()(graph)))
        types = try self.graph.types(inputs: inputs)
        for node in self.graph.nodes where !(node.operation is Input) {
            _ = try Self.writable(node)
        }
    }

    private static func writable(_ node: Graph.Node) throws(ONNXError) -> any ONNXOperator {
        guard let operation = node.operation as? any ONNXOperator else {
            throw ONNXError(
                .unsupported, subject: "node '\(node.name)'",
                problem: "the operator '\(type(of: node.operation).name)' has no form in ONNX")
        }
        return operation
    }

    private func inputTypes(_ node: Graph.Node) -> [TensorType] {
        node.inputs.map { types[$0.node][$0.output] }
    }

    /// Whether the network takes maps of other heights and widths as well.
    var allowsOtherSizes: Bool {
        graph.nodes.allSatisfy { node in
            !((node.operation as? any ONNXOperator)?.needsFixedSize(of: inputTypes(node)) ?? false)
        }
    }

    /// Whether it takes any number of images.
    var allowsOtherBatches: Bool {
        graph.nodes.allSatisfy { !(($0.operation as? any ONNXOperator)?.needsFixedBatch ?? false) }
    }

    /// Writes the nodes of a graph of one input.
    ///
    /// - Parameter input: The name of what the graph reads, a map with its channels second.
    /// - Returns: Of each output the name of its value, a map with its channels second or a row, and its type.
    func write(
        to writer: ONNXWriter, reading input: String, isSizeFree: Bool
    ) throws(ONNXError) -> [String: (value: String, type: TensorType)] {
        let rank = types.first?.first?.shape.rank ?? 0
        let written = try write(
            to: writer, reading: [ONNXPlacedValue(name: input, axes: .channelsSecond(rank))], isSizeFree: isSizeFree)
        return Dictionary(
            uniqueKeysWithValues: graph.outputs.map { output in
                let type = types[output.port.node][output.port.output]
                return (output.name, (written.value(of: output.port, in: .channelsSecond(type.shape.rank)), type))
            })
    }

    /// Writes the nodes.
    ///
    /// - Parameter inputs: What the graph reads.
    func write(
        to writer: ONNXWriter, reading inputs: [ONNXPlacedValue], isSizeFree: Bool
    ) throws(ONNXError) -> ONNXPlacedValues {
        let placed = ONNXPlacedValues(writer: writer)
        var rest = inputs[...]
        for (index, node) in graph.nodes.enumerated() {
            guard !(node.operation is Input) else {
                guard let input = rest.popFirst() else { preconditionFailure("an input that nobody gives") }
                placed.append([input])
                continue
            }
            let operation = try Self.writable(node)
            let given = node.inputs.first.map { placed[$0].axes } ?? .asInGraph(0)
            let axes = operation.axes(given)
            let site = ONNXSite(
                writer: writer, name: node.name,
                inputs: node.inputs.map { port in
                    let rank = placed[port].axes.rank
                    return placed.value(of: port, in: rank == axes.rank ? axes : .channelsSecond(rank))
                }, axes: axes, inputTypes: inputTypes(node), outputTypes: types[index], isSizeFree: isSizeFree)
            let names = try operation.write(at: site)
            placed.append(
                zip(names, types[index]).map { name, type in
                    ONNXPlacedValue(name: name, axes: operation.resultAxes(axes, rank: type.shape.rank))
                })
        }
        return placed
    }
}

/// A value of a graph in ONNX.
struct ONNXPlacedValue {
    var name: String
    var axes: ONNXAxes
}

/// What has been written of a graph's values. Their axes are put into another order when somebody needs it, and once.
final class ONNXPlacedValues {
    private let writer: ONNXWriter
    private var values: [[ONNXPlacedValue]] = []
    private var arranged: [Arrangement: String] = [:]

    private struct Arrangement: Hashable {
        var port: Graph.Port
        var axes: ONNXAxes
    }

    init(writer: ONNXWriter) { self.writer = writer }

    func append(_ results: [ONNXPlacedValue]) { values.append(results) }

    subscript(_ port: Graph.Port) -> ONNXPlacedValue { values[port.node][port.output] }

    func value(of port: Graph.Port, in axes: ONNXAxes) -> String {
        let value = self[port]
        if value.axes == axes { return value.name }
        let key = Arrangement(port: port, axes: axes)
        if let known = arranged[key] { return known }
        let moved = writer.transpose(
            value.name, axes.order.map { value.axes.place(of: $0) }, named: value.name + "/order")
        arranged[key] = moved
        return moved
    }
}
