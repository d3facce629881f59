/// Leaves out nodes that no output depends on; inputs stay.
public struct DropUnread: GraphPass {
    public init() {}

    public func callAsFunction(_ graph: Graph) -> Graph {
        var isRead = graph.nodes.map { $0.operation is Input }
        for output in graph.outputs { isRead[output.port.node] = true }
        for (index, node) in graph.nodes.enumerated().reversed() where isRead[index] {
            for input in node.inputs { isRead[input.node] = true }
        }
        var rewriter = GraphRewriter(graph)
        for index in graph.nodes.indices where isRead[index] { rewriter.keep(index) }
        return rewriter.finish()
    }
}
