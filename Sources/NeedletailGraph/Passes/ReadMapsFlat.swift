/// Lets linear layers read a map as it lies instead of a flattened copy of it, where nobody else reads the copy.
public struct ReadMapsFlat: GraphPass {
    public init() {}

    public func callAsFunction(_ graph: Graph) -> Graph {
        var fusion = NodeFusion(graph)
        for (index, node) in graph.nodes.enumerated() {
            guard node.operation is Flatten, let next = fusion.soleReader(of: index),
                var layer = graph.nodes[next].operation as? Linear, !layer.epilogue.addsResidual
            else { continue }
            layer.flattens = true
            fusion.fuse(
                [index, next],
                into: Graph.Node(name: graph.nodes[next].name, operation: layer, inputs: node.inputs))
        }
        return fusion.rewritten()
    }
}
