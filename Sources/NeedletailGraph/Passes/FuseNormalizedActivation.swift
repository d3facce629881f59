/// Lets batch normalisation with the statistics of the batch do the activation function behind it, where nobody else reads
/// what lies between, which then is not kept.
public struct FuseNormalizedActivation: GraphPass {
    private let trained: Set<Parameter>

    /// - Parameter trained: Normalisation uses the statistics of the batch where it is trained.
    public init(trained: Set<Parameter>) {
        self.trained = trained
    }

    public func callAsFunction(_ graph: Graph) -> Graph {
        var fusion = NodeFusion(graph)
        for (index, node) in graph.nodes.enumerated() {
            guard var operation = node.operation as? BatchNormalization, operation.activation == nil,
                operation.usesBatchStatistics(training: trained), let next = fusion.soleReader(of: index),
                let activation = graph.nodes[next].operation as? ElementwiseActivation,
                activation.function.derivativeFollowsFromInput
            else { continue }
            operation.activation = activation.function
            fusion.fuse([index, next], into: Graph.Node(name: node.name, operation: operation, inputs: node.inputs))
        }
        return fusion.rewritten()
    }
}
