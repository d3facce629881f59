/// The operations of a network in the order in which applying its layers recorded them.
///
/// A graph knows channels and parameters but no image size: a ``Plan`` compiles it for one.
public final class Graph {
    struct Node {
        var operation: Operation
        var inputs: [Int]
        var channels: Int
    }

    private(set) var nodes: [Node] = []
    private(set) var outputs: [Int] = []
    /// The nodes that are given and not computed, in the order in which a plan takes them.
    private(set) var inputs: [Int] = []

    /// Records a network: `body` applies layers to the input and returns the outputs.
    ///
    /// - Parameter inputChannels: Channels of the input image, 3 for RGB.
    public init(inputChannels: Int, _ body: (Value) -> [Value]) {
        let input = append(.input, inputs: [], channels: inputChannels)
        inputs = [input.index]
        outputs = body(input).map(\.index)
    }

    /// Takes nodes over from another graph.
    ///
    /// - Precondition: What a node reads stands before it, and `inputs` are the nodes that read nothing.
    init(nodes: [Node], inputs: [Int], outputs: [Int]) {
        self.nodes = nodes
        self.inputs = inputs
        self.outputs = outputs
    }

    func append(_ operation: Operation, inputs: [Value], channels: Int) -> Value {
        for input in inputs { precondition(input.graph === self, "a value of another graph was used") }
        nodes.append(Node(operation: operation, inputs: inputs.map(\.index), channels: channels))
        return Value(graph: self, index: nodes.count - 1)
    }
}

/// A symbolic tensor `[batch, height, width, channels]`: what layers are applied to while a graph is recorded.
public struct Value {
    let graph: Graph
    let index: Int

    public var channels: Int { graph.nodes[index].channels }

    /// Records an operation on this value.
    public func applying(_ operation: Operation, channels: Int? = nil) -> Value {
        graph.append(operation, inputs: [self], channels: channels ?? self.channels)
    }

    /// `max(x, 0)`.
    public func relu() -> Value { applying(.relu) }

    public func maxPooled(kernel: Int, stride: Int, padding: Int = 0) -> Value {
        applying(.maxPooling(.init(kernel: kernel, stride: stride, padding: padding)))
    }

    public func averagePooled(kernel: Int, stride: Int, padding: Int = 0) -> Value {
        applying(.averagePooling(.init(kernel: kernel, stride: stride, padding: padding)))
    }

    /// The mean over all pixels.
    public func globalAveragePooled() -> Value { applying(.globalAveragePooling) }

    /// Resized to the height and width of `other` by nearest neighbour.
    public func upsampled(toSizeOf other: Value) -> Value {
        graph.append(.upsampling, inputs: [self, other], channels: channels)
    }

    public static func + (left: Value, right: Value) -> Value {
        precondition(left.channels == right.channels, "\(left.channels) and \(right.channels) channels cannot be added")
        return left.graph.append(.add, inputs: [left, right], channels: left.channels)
    }
}
