/// A graph in words, a line a node:
///
///     image = input [?, ?, ?, 3]
///     conv1 = convolution(image) 64 kernel=7 stride=2 padding=3
///     bn1.relu.max-pool = max-pool(bn1.relu) 3 stride=2 padding=1
///     -> logits = fc
extension Graph: CustomStringConvertible {
    public var description: String {
        let lines = nodes.map { node in
            let inputs = node.inputs.isEmpty ? "" : "(\(node.inputs.map(text).joined(separator: ", ")))"
            let operation = type(of: node.operation).name + inputs
            return "\(node.name) = " + ([operation] + node.operation.attributes).joined(separator: " ")
        }
        return (lines + outputs.map { "-> \($0.name) = \(text($0.port))" }).joined(separator: "\n")
    }

    /// A node's name; of several results the number, too.
    private func text(_ port: Port) -> String {
        let name = nodes[port.node].name
        return port.output == 0 ? name : "\(name)[\(port.output)]"
    }
}
