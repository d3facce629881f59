/// Leaves dropout out where nothing is trained: it passes on what it reads.
public struct SkipDropout: GraphPass {
    private let trained: Set<Parameter>

    /// - Parameter trained: Where something is, dropout stays.
    public init(trained: Set<Parameter> = []) {
        self.trained = trained
    }

    public func callAsFunction(_ graph: Graph) -> Graph {
        guard trained.isEmpty else { return graph }
        var rewriter = GraphRewriter(graph)
        for (index, node) in graph.nodes.enumerated() {
            if node.operation is Dropout {
                rewriter.replace(Graph.Port(node: index), with: node.inputs[0])
            } else {
                rewriter.keep(index)
            }
        }
        return rewriter.finish()
    }
}
