/// Chains of nodes that become one, found from the first node of each on.
struct NodeFusion {
    private let graph: Graph
    private let readers: [[Int]]
    private let outputs: Set<Int>
    /// The node to be, by the last of the nodes that it is made of.
    private var fused: [Int: Graph.Node] = [:]
    private var absorbed: Set<Int> = []

    init(_ graph: Graph) {
        self.graph = graph
        readers = graph.readers
        outputs = Set(graph.outputs.map(\.port.node))
    }

    /// The node that alone reads the result of another, if it is still free.
    func soleReader(of index: Int) -> Int? {
        guard readers[index].count == 1, !outputs.contains(index) else { return nil }
        return absorbed.contains(readers[index][0]) ? nil : readers[index][0]
    }

    /// Makes a chain of nodes one, which stands at the place of the last.
    mutating func fuse(_ chain: [Int], into node: Graph.Node) {
        absorbed.formUnion(chain)
        fused[chain[chain.count - 1]] = node
    }

    func rewritten() -> Graph {
        var rewriter = GraphRewriter(graph)
        for index in graph.nodes.indices {
            if let node = fused[index] {
                rewriter.append(node, replacing: [Graph.Port(node: index)])
            } else if !absorbed.contains(index) {
                rewriter.keep(index)
            }
        }
        return rewriter.finish()
    }
}
