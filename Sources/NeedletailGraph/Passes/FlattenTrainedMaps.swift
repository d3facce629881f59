/// Lets linear layers that are trained on maps read a flattened copy.
///
/// On a map as it lies, their weights are needed in another order than they are kept in. They would be brought from one order
/// to the other with every step, which costs more than the copy.
public struct FlattenTrainedMaps: GraphPass {
    private let trained: Set<Parameter>
    private let inputTypes: [TensorType]

    /// - Parameter inputTypes: What the graph is planned for.
    public init(trained: Set<Parameter>, inputTypes: [TensorType]) {
        self.trained = trained
        self.inputTypes = inputTypes
    }

    public func callAsFunction(_ graph: Graph) -> Graph {
        // A graph that does not fit its inputs is refused when it is planned.
        guard !trained.isEmpty, let types = try? graph.types(inputs: inputTypes) else { return graph }
        var rewriter = GraphRewriter(graph)
        for (index, node) in graph.nodes.enumerated() {
            if let layer = node.operation as? Linear, trained.contains(layer.weight), node.inputs.count == 1,
                layer.convolutionShape(of: types[node.inputs[0].node][node.inputs[0].output]).kernel != 1
            {
                var copy = Flatten()
                copy.isMap = !layer.flattens
                rewriter.keep(index, readingThrough: copy)
            } else {
                rewriter.keep(index)
            }
        }
        return rewriter.finish()
    }
}
