import NeedletailGraph
import NeedletailKernels

/// A value that is written where a concatenation of channels, its only reader, wants it, so that nothing is copied.
struct Part {
    /// The place of the node.
    var concatenation: Int
    var channels: MapPart

    /// - Parameter others: Nodes whose values go elsewhere.
    static func all(
        in graph: Graph, _ types: [[TensorType]], but others: Set<Int>, convolutions: ConvolutionAlgorithm
    ) -> [Graph.Port: Part] {
        var readers: [Graph.Port: Int] = [:]
        for port in graph.nodes.flatMap(\.inputs) + graph.outputs.map(\.port) { readers[port, default: 0] += 1 }
        var parts: [Graph.Port: Part] = [:]
        for (index, node) in graph.nodes.enumerated() {
            guard let operation = node.operation as? Concatenation else { continue }
            let shape = types[index][0].shape
            guard operation.axis == nil || operation.axis == shape.rank - 1 else { continue }
            var offset = 0
            for port in node.inputs {
                let count = types[port.node][port.output].shape.channels
                defer { offset += count }
                let producer = graph.nodes[port.node]
                guard count > 0, readers[port] == 1, types[port.node].count == 1, !others.contains(port.node),
                    producer.operation.canWritePart(
                        inputs: producer.inputs.map { types[$0.node][$0.output] }, convolutions: convolutions)
                else { continue }
                parts[port] = Part(
                    concatenation: index, channels: MapPart(offset: offset, count: count, stride: shape.channels))
            }
        }
        return parts
    }
}
