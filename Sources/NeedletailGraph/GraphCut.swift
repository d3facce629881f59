/// A graph in two parts: below what is trained, and from there on.
///
/// What the frozen part computes of an image never changes during a training, so it can be kept.
public struct GraphCut {
    /// From the image to the values that the trained part reads; its outputs are named after the nodes that make them.
    public let frozen: Graph
    /// From those values, its inputs in the order of the frozen part's outputs, to the outputs of the whole.
    public let trained: Graph
}

extension Graph {
    /// Cuts the graph where training begins, or below it where dropout does: what that makes of an image differs each time.
    ///
    /// - Parameter parameters: The parameters that are trained.
    /// - Returns: Nil when there is nothing to keep: the first layer is trained already, or an output does not depend on
    ///   what is trained.
    public func cut(below parameters: Set<Parameter>) -> GraphCut? {
        let isTrained = dependents(on: parameters, orOn: { $0 is Dropout })
        guard outputs.allSatisfy({ isTrained[$0.port.node] }) else { return nil }
        var border: Set<Port> = []
        for (index, node) in nodes.enumerated() where isTrained[index] {
            border.formUnion(node.inputs.filter { !isTrained[$0.node] })
        }
        let ports = border.sorted { ($0.node, $0.output) < ($1.node, $1.output) }
        guard !ports.contains(where: { nodes[$0.node].operation is Input }) else { return nil }

        var places: [Int: Int] = [:]
        var borderPlaces: [Port: Int] = [:]
        var kept: [Node] = []
        func moved(_ port: Port) -> Port {
            if let place = borderPlaces[port] { return Port(node: place) }
            return Port(node: places[port.node] ?? port.node, output: port.output)
        }
        for port in ports {
            borderPlaces[port] = kept.count
            let name = nodes[port.node].name + (port.output == 0 ? "" : "[\(port.output)]")
            kept.append(Node(name: name, operation: Input(dimensions: nil), inputs: []))
        }
        for index in nodes.indices where isTrained[index] {
            var node = nodes[index]
            node.inputs = node.inputs.map(moved)
            places[index] = kept.count
            kept.append(node)
        }
        let below = Graph(
            ordered: nodes, outputs: zip(ports, kept).map { Output(name: $1.name, port: $0) })
        return GraphCut(
            frozen: DropUnread()(below),
            trained: Graph(ordered: kept, outputs: outputs.map { Output(name: $0.name, port: moved($0.port)) }))
    }
}
