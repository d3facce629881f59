/// Folds batch normalisation with fixed statistics into the convolution or linear layer before it, where nobody else reads
/// what lies between: it becomes a factor and an offset of each output channel.
public struct FoldNormalization: GraphPass {
    private let trained: Set<Parameter>

    /// - Parameter trained: Normalisation that uses the statistics of the batch because it is trained stays, and so does one
    ///   behind a bias that is trained, which must keep a gradient of its own.
    public init(trained: Set<Parameter> = []) {
        self.trained = trained
    }

    public func callAsFunction(_ graph: Graph) -> Graph {
        var fusion = NodeFusion(graph)
        for (index, node) in graph.nodes.enumerated() {
            guard var operation = node.operation as? any WeightedOperator,
                operation.epilogue == Epilogue(), !(operation.bias.map(trained.contains) ?? false),
                let next = fusion.soleReader(of: index),
                let normalization = graph.nodes[next].operation as? BatchNormalization,
                !normalization.usesBatchStatistics(training: trained)
            else { continue }
            operation.epilogue.normalization = normalization
            fusion.fuse([index, next], into: Graph.Node(name: node.name, operation: operation, inputs: node.inputs))
        }
        return fusion.rewritten()
    }
}
