import NeedletailKernels

/// Joins convolutions that share their weights but do not depend on one another, such as one layer of a head on all levels
/// of a pyramid, to one with several maps.
///
/// Small maps then fill what large ones leave of a block, and weights are packed, read and given a gradient once for all.
public struct JoinSharedWeights: GraphPass {
    private let trained: Set<Parameter>

    /// - Parameter trained: What runs as one must do so backward too.
    public init(trained: Set<Parameter> = []) {
        self.trained = trained
    }

    /// What nodes must have in common to run as one.
    private struct Sharing: Hashable {
        var operation: Convolution
        var needsInputGradient: Bool
        var needsGradient: Bool
    }

    public func callAsFunction(_ graph: Graph) -> Graph {
        let needsGradient = graph.dependents(on: trained)
        var groups: [[Int]] = []
        var positions: [Sharing: Int] = [:]
        for (index, node) in graph.nodes.enumerated() {
            guard let operation = node.operation as? Convolution else {
                groups.append([index])
                continue
            }
            let sharing = Sharing(
                operation: operation, needsInputGradient: needsGradient[node.inputs[0].node],
                needsGradient: needsGradient[index])
            if let position = positions[sharing], groups[position].count < VectorConvolution.maximumMapCount,
                !groups[position].contains(where: { !Set(graph.nodes[$0].inputs).isDisjoint(with: node.inputs) })
            {
                groups[position].append(index)
            } else {
                positions[sharing] = groups.count
                groups.append([index])
            }
        }
        var rewriter = GraphRewriter(graph)
        for group in ordered(groups, of: graph) {
            guard group.count > 1 else {
                rewriter.keep(group[0])
                continue
            }
            let first = graph.nodes[group[0]]
            rewriter.append(
                Graph.Node(
                    name: first.name, operation: first.operation, inputs: group.flatMap { graph.nodes[$0].inputs }),
                replacing: group.map { Graph.Port(node: $0) })
        }
        return rewriter.finish()
    }

    /// Takes the first group that can run, again and again; where none can because two of its members depend on each
    /// other, the members that can.
    private func ordered(_ groups: [[Int]], of graph: Graph) -> [[Int]] {
        var pending = groups, result: [[Int]] = []
        var isWritten = [Bool](repeating: false, count: graph.nodes.count)
        func canRun(_ index: Int) -> Bool { graph.nodes[index].inputs.allSatisfy { isWritten[$0.node] } }
        while !pending.isEmpty {
            let next: [Int]
            if let position = pending.firstIndex(where: { $0.allSatisfy(canRun) }) {
                next = pending.remove(at: position)
            } else {
                guard let position = pending.firstIndex(where: { $0.contains(where: canRun) }) else {
                    preconditionFailure("a value of the graph depends on itself")
                }
                next = pending[position].filter(canRun)
                pending[position].removeAll(where: canRun)
            }
            for index in next { isWritten[index] = true }
            result.append(next)
        }
        return result
    }
}
