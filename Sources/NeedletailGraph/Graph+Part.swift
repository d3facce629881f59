extension Graph {
    /// The part of the graph that makes the results of a node, which become its outputs, named after the node.
    ///
    /// - Throws: ``GraphError`` when no node has the name.
    public func part(making name: String) throws(GraphError) -> Graph {
        guard let index = node(named: name) else {
            throw GraphError(.name, node: name, problem: "no node of the network is called so")
        }
        let whole = Graph(ordered: nodes, outputs: [Output(name: name, port: Port(node: index))])
        return DropUnread()(whole)
    }
}
