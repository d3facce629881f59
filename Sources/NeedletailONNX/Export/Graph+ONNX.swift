import NeedletailGraph

/// A graph as ONNX has it: a walk over its nodes.
struct ONNXGraphExport {
    let graph: Graph
    let types: [[TensorType]]

    /// - Parameter input: Of the only input.
    /// - Throws: `GraphError` where a map of this size does not fit, ``ONNXError`` for an operator that ONNX does not have.
    init(_ graph: Graph, input: TensorType) throws {
        // What only training does is left out, and normalisation is a part of the layer before it.
        self.graph = FoldNormalization()(SkipDropout()(DropUnread()(graph)))
        types = try self.graph.types(inputs: [input])
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

    /// Writes the nodes.
    ///
    /// - Parameter input: The name of what the graph reads.
    /// - Returns: Of each output the name of its value and its type, channels last.
    func write(
        to writer: ONNXWriter, reading input: String, isSizeFree: Bool
    ) throws(ONNXError) -> [String: (value: String, type: TensorType)] {
        var values: [[String]] = []
        for (index, node) in graph.nodes.enumerated() {
            guard !(node.operation is Input) else {
                values.append([input])
                continue
            }
            let site = ONNXSite(
                writer: writer, name: node.name, inputs: node.inputs.map { values[$0.node][$0.output] },
                inputTypes: inputTypes(node), outputTypes: types[index], isSizeFree: isSizeFree)
            guard (site.inputTypes + site.outputTypes).allSatisfy({ [2, 4].contains($0.shape.rank) }) else {
                throw site.refusal("only maps and rows of numbers are written, not \(types[index][0])")
            }
            values.append(try Self.writable(node).write(at: site))
        }
        return Dictionary(
            uniqueKeysWithValues: graph.outputs.map { output in
                let port = output.port
                return (output.name, (values[port.node][port.output], types[port.node][port.output]))
            })
    }
}
