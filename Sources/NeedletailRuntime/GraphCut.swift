/// A graph in two parts: below what is trained, and from there on.
///
/// What the frozen part computes of an image never changes during a training, so it can be kept.
public struct GraphCut {
    /// From the image to the values that the trained part reads.
    public let frozen: Graph
    /// From those values, its inputs in the order of the frozen part's outputs, to the outputs of the whole.
    public let trained: Graph
}

extension Graph {
    /// The shape of each output for the shapes of the inputs.
    ///
    /// - Throws: ``PlanError`` when an input does not fit.
    public func outputShapes(inputShapes: [TensorShape]) throws -> [TensorShape] {
        let shapes = try inferShapes(inputShapes: inputShapes)
        return outputs.map { shapes[$0] }
    }

    /// Cuts the graph where training begins.
    ///
    /// - Parameter parameters: The parameters that are trained.
    /// - Returns: Nil when there is nothing to keep: the first layer is trained already, or an output does not depend on
    ///   what is trained.
    public func cut(below parameters: ParameterGradients) -> GraphCut? {
        var isTrained = [Bool](repeating: false, count: nodes.count)
        for (index, node) in nodes.enumerated() {
            isTrained[index] =
                node.inputs.contains { isTrained[$0] } || node.operation.parameters.contains { parameters.contains($0) }
        }
        guard outputs.allSatisfy({ isTrained[$0] }) else { return nil }
        var isRead = [Bool](repeating: false, count: nodes.count)
        for (index, node) in nodes.enumerated() where isTrained[index] {
            for input in node.inputs where !isTrained[input] { isRead[input] = true }
        }
        let border = nodes.indices.filter { isRead[$0] }
        guard !border.contains(where: inputs.contains) else { return nil }

        var position: [Int: Int] = [:]
        var kept: [Node] = []
        for index in border {
            position[index] = kept.count
            kept.append(Node(operation: .input, inputs: [], channels: nodes[index].channels))
        }
        for index in nodes.indices where isTrained[index] {
            position[index] = kept.count
            var node = nodes[index]
            node.inputs = node.inputs.compactMap { position[$0] }
            kept.append(node)
        }
        return GraphCut(
            frozen: Graph(nodes: nodes, inputs: inputs, outputs: border),
            trained: Graph(
                nodes: kept, inputs: Array(border.indices), outputs: outputs.compactMap { position[$0] }))
    }
}
