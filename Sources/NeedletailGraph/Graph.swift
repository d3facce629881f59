/// A network as data: operators, in an order in which they can run, and how their values flow.
///
/// Nodes, inputs and outputs have names. Parameters are referred to, not copied. A graph knows channels but neither an image
/// size nor a purpose: a `Plan` compiles it for these. Passes rewrite it; it can be printed, walked, cut and compared.
public struct Graph: Equatable {
    /// One of the results of a node.
    public struct Port: Hashable, Sendable {
        /// The node's place among ``Graph/nodes``.
        public var node: Int
        /// The result's place among those of the node.
        public var output: Int

        public init(node: Int, output: Int = 0) {
            self.node = node
            self.output = output
        }
    }

    /// An operator at its place.
    public struct Node: Equatable {
        /// That of the layer, such as `backbone.layer1.0.conv1`, where it has parameters.
        public var name: String
        public var operation: any Operator
        public var inputs: [Port]

        public init(name: String, operation: any Operator, inputs: [Port]) {
            self.name = name
            self.operation = operation
            self.inputs = inputs
        }

        public static func == (left: Node, right: Node) -> Bool {
            left.name == right.name && left.inputs == right.inputs
                && AnyHashable(left.operation) == AnyHashable(right.operation)
        }
    }

    /// A result that the network is asked for.
    public struct Output: Hashable, Sendable {
        public var name: String
        public var port: Port

        public init(name: String, port: Port) {
            self.name = name
            self.port = port
        }
    }

    /// What a node reads stands before it.
    public let nodes: [Node]
    public let outputs: [Output]
    /// The nodes that are given and not computed (``Input``), in the order in which a plan takes them.
    public let inputs: [Int]

    /// Takes nodes in an order in which they can run.
    ///
    /// - Precondition: What a node reads stands before it.
    init(ordered nodes: [Node], outputs: [Output]) {
        self.nodes = nodes
        self.outputs = outputs
        inputs = nodes.indices.filter { nodes[$0].operation is Input }
    }

    /// Joins nodes, in any order, to a graph.
    ///
    /// - Parameter nodes: Their inputs refer to places in this list.
    /// - Throws: ``GraphError`` that names the node when two have one name, one reads what is not there, or a value
    ///   depends on itself.
    public init(nodes: [Node], outputs: [Output]) throws(GraphError) {
        var names: Set<String> = []
        for node in nodes {
            if !names.insert(node.name).inserted {
                throw GraphError(.name, node: node.name, problem: "two nodes have this name")
            }
            for input in node.inputs where !nodes.indices.contains(input.node) || input.output < 0 {
                throw GraphError(.name, node: node.name, problem: "it reads a value that no node makes")
            }
        }
        names = []
        for output in outputs {
            if !names.insert(output.name).inserted {
                throw GraphError(.name, node: output.name, problem: "two outputs have this name")
            }
            if !nodes.indices.contains(output.port.node) || output.port.output < 0 {
                throw GraphError(.name, node: output.name, problem: "this output is a value that no node makes")
            }
        }
        let order = DependencyOrder(of: nodes.map { Set($0.inputs.map(\.node)) })
        if let stuck = order.cycle {
            throw GraphError(.cycle, node: nodes[stuck].name, problem: "its value depends on itself")
        }
        var places = [Int](repeating: 0, count: nodes.count)
        for (place, index) in order.places.enumerated() { places[index] = place }
        func moved(_ port: Port) -> Port { Port(node: places[port.node], output: port.output) }
        self.init(
            ordered: order.places.map { index in
                var node = nodes[index]
                node.inputs = node.inputs.map(moved)
                return node
            }, outputs: outputs.map { Output(name: $0.name, port: moved($0.port)) })
    }

    /// The place of the node of a name.
    public func node(named name: String) -> Int? { nodes.firstIndex { $0.name == name } }

    /// The place of the output of a name.
    public func output(named name: String) -> Int? { outputs.firstIndex { $0.name == name } }

    /// All parameters that some node reads, each once, in the order of the nodes.
    public var parameters: [Parameter] {
        var seen: Set<Parameter> = []
        return nodes.flatMap(\.operation.parameters).filter { seen.insert($0).inserted }
    }
}

extension Graph {
    /// The nodes that read each node's results, once for every result they read.
    var readers: [[Int]] {
        var readers = [[Int]](repeating: [], count: nodes.count)
        for (index, node) in nodes.enumerated() {
            for input in node.inputs { readers[input.node].append(index) }
        }
        return readers
    }

    /// Which nodes' values change when some parameters do: those below which something is trained.
    ///
    /// - Parameter changing: Operators whose results change besides.
    package func dependents(
        on trained: Set<Parameter>, orOn changing: (any Operator) -> Bool = { _ in false }
    ) -> [Bool] {
        var depends = [Bool](repeating: false, count: nodes.count)
        for (index, node) in nodes.enumerated() {
            depends[index] =
                node.inputs.contains { depends[$0.node] } || node.operation.parameters.contains(where: trained.contains)
                || changing(node.operation)
        }
        return depends
    }
}
