import NeedletailKernels

/// Records a graph: operators are applied to symbolic values, which computes nothing.
public final class GraphBuilder {
    private var nodes: [Graph.Node] = []
    private var outputs: [Graph.Output] = []
    /// How often a name was asked for.
    private var uses: [String: Int] = [:]

    fileprivate init() {}

    /// Records an input of maps, `[batch, height, width, channels]`.
    public func input(_ name: String, channels: Int) -> Value {
        input(name, dimensions: [nil, nil, nil, channels])
    }

    /// Records an input.
    ///
    /// - Parameter dimensions: Nil for those that a plan decides.
    public func input(_ name: String, dimensions: [Int?], elementType: ElementType = .float32) -> Value {
        append(Input(dimensions: dimensions, elementType: elementType), to: [], name: name)[0]
    }

    /// Makes a value a result of the network.
    public func output(_ name: String, _ value: Value) {
        precondition(value.builder === self, "a value of another graph was used")
        precondition(!outputs.contains { $0.name == name }, "two outputs are named \(name)")
        outputs.append(Graph.Output(name: name, port: value.port))
    }

    /// Records an operator.
    ///
    /// - Parameter name: That of its parameters, or else made of that of its first input, unless given. A name that is
    ///   there already gets a number, as where a head is applied to several maps.
    /// - Returns: Its results, as many as `outputCount`.
    public func append(
        _ operation: some Operator, to inputs: [Value], name: String? = nil, outputCount: Int = 1
    ) -> [Value] {
        for input in inputs { precondition(input.builder === self, "a value of another graph was used") }
        let base = name ?? operation.parameters.first?.layerName ?? derivedName(operation, inputs)
        let count = uses[base, default: 0] + 1
        uses[base] = count
        nodes.append(
            Graph.Node(
                name: count == 1 ? base : "\(base)#\(count)", operation: operation, inputs: inputs.map(\.port)))
        return (0..<outputCount).map { Value(builder: self, port: Graph.Port(node: nodes.count - 1, output: $0)) }
    }

    private func derivedName<Operation: Operator>(_ operation: Operation, _ inputs: [Value]) -> String {
        let kind = (operation as? ElementwiseActivation)?.function.name ?? Operation.name
        guard let first = inputs.first else { return kind }
        return nodes[first.port.node].name + "." + kind
    }

    fileprivate var graph: Graph { Graph(ordered: nodes, outputs: outputs) }
}

extension Graph {
    /// Records a network: `body` names inputs and outputs, and applies operators between them.
    public init(_ body: (GraphBuilder) -> Void) {
        let builder = GraphBuilder()
        body(builder)
        self = builder.graph
    }

    /// Records a network of one input, `image`, and one output.
    ///
    /// - Parameters:
    ///   - channels: Of the image, 3 for RGB.
    ///   - output: The name of what `body` returns.
    public init(channels: Int = 3, output: String, _ body: (Value) -> Value) {
        self.init { $0.output(output, body($0.input("image", channels: channels))) }
    }
}

/// A symbolic tensor: what operators are applied to while a graph is recorded.
public struct Value {
    let builder: GraphBuilder
    let port: Graph.Port

    public func applying(_ function: Activation) -> Value { ElementwiseActivation(function)(self) }

    /// `max(x, 0)`.
    public func relu() -> Value { applying(.relu) }

    public func maxPooled(_ size: Extent, stride: Extent, padding: Padding = .valid) -> Value {
        MaxPooling(size, stride: stride, padding: padding)(self)
    }

    public func averagePooled(_ size: Extent, stride: Extent, padding: Padding = .valid) -> Value {
        AveragePooling(size, stride: stride, padding: padding)(self)
    }

    /// The mean over all pixels.
    public func globalAveragePooled() -> Value { GlobalAveragePooling()(self) }

    /// Resized to the height and width of `other` by nearest neighbour.
    public func upsampled(toSizeOf other: Value) -> Value { NearestUpsampling()(self, other) }

    /// All numbers of an image in a row, channel by channel.
    public func flattened() -> Value { Flatten()(self) }

    /// The product; one of the two may have a single pixel, which then counts for all.
    public static func * (left: Value, right: Value) -> Value { Multiplication()(left, right) }

    public static func + (left: Value, right: Value) -> Value { Addition()(left, right) }
}
