/// A rewriting of a graph that computes the same.
public protocol GraphPass {
    func callAsFunction(_ graph: Graph) -> Graph
}

extension Graph {
    /// The graph as a plan runs it: without what nobody reads and what only training does, with maps read by linear layers as
    /// they lie, blocks of pixels read by convolutions, normalisation folded, epilogues fused and convolutions that share
    /// their weights joined.
    ///
    /// - Parameter trained: The parameters whose gradients are wanted; none for inference.
    public func fused(training trained: Set<Parameter> = []) -> Graph {
        let passes: [any GraphPass] = [
            DropUnread(), SkipDropout(trained: trained), ReadMapsFlat(), ReadBlocks(trained: trained),
            FoldNormalization(trained: trained), FuseEpilogue(trained: trained),
            FuseNormalizedActivation(trained: trained), JoinSharedWeights(trained: trained),
        ]
        return passes.reduce(self) { $1($0) }
    }
}

/// What passes write a graph with: nodes are taken over in order, one by one or several as one.
struct GraphRewriter {
    private let graph: Graph
    private var nodes: [Graph.Node] = []
    /// Where nodes stand now that were kept as they are.
    private var places: [Int: Int] = [:]
    /// What stands for values of other nodes now.
    private var replacements: [Graph.Port: Graph.Port] = [:]

    init(_ graph: Graph) {
        self.graph = graph
        nodes.reserveCapacity(graph.nodes.count)
    }

    /// Takes a node over as it is.
    mutating func keep(_ index: Int) {
        append(graph.nodes[index])
        places[index] = nodes.count - 1
    }

    /// Takes a node over whose only input goes through another operator first.
    mutating func keep(_ index: Int, readingThrough operation: any Operator) {
        let node = graph.nodes[index]
        nodes.append(Graph.Node(name: "\(node.name).input", operation: operation, inputs: node.inputs.map(moved)))
        nodes.append(
            Graph.Node(name: node.name, operation: node.operation, inputs: [Graph.Port(node: nodes.count - 1)]))
        places[index] = nodes.count - 1
    }

    /// Writes a node, whose inputs are those of the old graph, and lets its results stand for values of the old graph.
    mutating func append(_ node: Graph.Node, replacing ports: [Graph.Port] = []) {
        var node = node
        node.inputs = node.inputs.map(moved)
        for (output, port) in ports.enumerated() { replacements[port] = Graph.Port(node: nodes.count, output: output) }
        nodes.append(node)
    }

    /// Lets another value of the old graph stand for one of its values.
    mutating func replace(_ port: Graph.Port, with other: Graph.Port) { replacements[port] = moved(other) }

    private func moved(_ port: Graph.Port) -> Graph.Port {
        if let replacement = replacements[port] { return replacement }
        guard let place = places[port.node] else {
            preconditionFailure("a pass has lost \(graph.nodes[port.node].name)")
        }
        return Graph.Port(node: place, output: port.output)
    }

    func finish() -> Graph {
        Graph(
            ordered: nodes, outputs: graph.outputs.map { Graph.Output(name: $0.name, port: moved($0.port)) })
    }
}
