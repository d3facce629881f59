/// Lets a convolution or linear layer do the addition and the activation function behind it as it stores its result, as
/// far as nobody else reads what lies between.
public struct FuseEpilogue: GraphPass {
    private let trained: Set<Parameter>

    /// - Parameter trained: Where a gradient has to pass, only activation functions are taken in whose derivative follows
    ///   from their result: what they read is not kept.
    public init(trained: Set<Parameter> = []) {
        self.trained = trained
    }

    public func callAsFunction(_ graph: Graph) -> Graph {
        let needsGradient = graph.dependents(on: trained)
        var fusion = NodeFusion(graph)
        for (index, node) in graph.nodes.enumerated() {
            guard var operation = node.operation as? any WeightedOperator, operation.epilogue.activation == nil,
                !operation.epilogue.addsResidual
            else { continue }
            var chain = [index], inputs = node.inputs
            if let next = fusion.soleReader(of: index), graph.nodes[next].operation is Addition {
                let terms = graph.nodes[next].inputs
                operation.epilogue.addsResidual = true
                inputs.append(terms[0].node == index ? terms[1] : terms[0])
                chain.append(next)
            }
            if let next = fusion.soleReader(of: chain[chain.count - 1]),
                let activation = graph.nodes[next].operation as? ElementwiseActivation,
                activation.function.derivativeFollowsFromOutput || !needsGradient[next]
            {
                operation.epilogue.activation = activation.function
                chain.append(next)
            }
            guard chain.count > 1 else { continue }
            fusion.fuse(chain, into: Graph.Node(name: node.name, operation: operation, inputs: inputs))
        }
        return fusion.rewritten()
    }
}
