import NeedletailCheckpoints

/// What the nodes and constants of an ONNX graph are gathered with.
final class ONNXWriter {
    /// The version of ONNX's operators that is spoken.
    let opset: Int
    /// Whether weights are kept as halves; computed is with single precision.
    private let isHalf: Bool
    private(set) var graph = ONNXGraph()
    private var names: Set<String> = []
    private var constants: [Constant: String] = [:]
    /// What was made of parameters, by what it was made of.
    private var weights: [AnyHashable: [String]] = [:]

    /// Constants of a few numbers are kept once.
    private enum Constant: Hashable {
        case floats([Float], [Int])
        case integers([Int], [Int])
    }

    /// - Parameter reserved: Names of inputs and outputs, which nothing else gets.
    init(opset: Int, isHalf: Bool = false, reserved: [String] = []) {
        self.opset = opset
        self.isHalf = isHalf
        names = Set(reserved)
    }

    /// A name that nothing has yet: the one asked for, or else with what kind of thing it is, or a number.
    func unused(_ name: String, kind: String) -> String {
        if names.insert(name).inserted { return name }
        var number = 1, candidate = "\(name)/\(kind)"
        while !names.insert(candidate).inserted {
            number += 1
            candidate = "\(name)/\(kind)-\(number)"
        }
        return candidate
    }

    /// Writes a node of one result.
    ///
    /// - Returns: The name of its result, which is also its own.
    func node(
        _ kind: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:], named name: String
    ) -> String {
        nodes(kind, inputs, attributes, outputs: 1, named: name)[0]
    }

    /// Writes a node of several results.
    func nodes(
        _ kind: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:], outputs: Int,
        named name: String
    ) -> [String] {
        let results = (0..<outputs).map { _ in unused(name, kind: kind) }
        graph.nodes.append(
            ONNXNode(kind, name: results[0], inputs: inputs, outputs: results, attributes: attributes))
        return results
    }

    /// Gives the results of a node of another graph names that are free here.
    func renaming(_ node: ONNXNode) -> ONNXNode {
        var node = node
        node.outputs = node.outputs.map { $0.isEmpty ? $0 : unused($0, kind: node.kind) }
        node.name = node.outputs.first { !$0.isEmpty } ?? ""
        return node
    }

    func append(_ node: ONNXNode) { graph.nodes.append(node) }

    /// - Precondition: The name is reserved; likewise for outputs.
    func input(
        _ name: String, _ dimensions: [ONNXValue.Dimension], _ type: StoredTensor.ScalarType = .float32
    ) -> String {
        graph.inputs.append(ONNXValue(name, type, dimensions))
        return name
    }

    /// Makes a value a result of the graph, under a name of its own.
    func output(
        _ name: String, _ value: String, _ dimensions: [ONNXValue.Dimension],
        _ type: StoredTensor.ScalarType = .float32
    ) {
        graph.nodes.append(ONNXNode("Identity", name: name, inputs: [value], outputs: [name]))
        graph.outputs.append(ONNXValue(name, type, dimensions))
    }

    func floats(_ values: [Float], _ shape: [Int], named name: String) -> String {
        if let known = constants[.floats(values, shape)] { return known }
        let constant = add(StoredTensor(name: unused(name, kind: "constant"), shape: shape, floats: values))
        if values.count <= 64 { constants[.floats(values, shape)] = constant }
        return constant
    }

    func float(_ value: Float, named name: String) -> String { floats([value], [], named: name) }

    func integers(_ values: [Int], _ shape: [Int]? = nil, named name: String) -> String {
        let shape = shape ?? [values.count]
        if let known = constants[.integers(values, shape)] { return known }
        let constant = add(
            StoredTensor(name: unused(name, kind: "constant"), shape: shape, integers: values.map { Int64($0) }))
        constants[.integers(values, shape)] = constant
        return constant
    }

    /// A tensor as another file has it.
    func tensor(_ stored: StoredTensor, named name: String) -> String {
        add(stored.renamed(unused(name, kind: "constant")))
    }

    private func add(_ tensor: StoredTensor) -> String {
        graph.initializers.append(tensor)
        return tensor.name
    }

    /// Weights, as halves where these are asked for and hold the numbers: what reads them is given single precision.
    func weight(_ values: some Collection<Float>, _ shape: [Int], named name: String) -> String {
        // Offsets are few, and all that is added to them would be rounded with them.
        guard isHalf, shape.count > 1, values.allSatisfy({ abs($0) < 65_504 }) else {
            return add(StoredTensor(name: unused(name, kind: "constant"), shape: shape, floats: values))
        }
        let half = add(StoredTensor(name: unused(name + "/half", kind: "constant"), shape: shape, halves: values))
        return node("Cast", [half], ["to": .integer(Int64(StoredTensor.ScalarType.float32.onnxCode))], named: name)
    }

    /// What is made of parameters once, whoever asks for it again.
    func weights(for key: some Hashable, _ make: () -> [String]) -> [String] {
        if let known = weights[AnyHashable(key)] { return known }
        let made = make()
        weights[AnyHashable(key)] = made
        return made
    }
}
