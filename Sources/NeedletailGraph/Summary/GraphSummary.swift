import NeedletailKernels

/// What each layer of a network makes of an input of some size, and what it costs.
public struct GraphSummary: Codable, Hashable, Sendable {
    /// A node of the graph.
    public struct Layer: Codable, Hashable, Sendable {
        /// Such as `layer1.0.conv1`.
        public var name: String
        /// The operator with its attributes, such as `convolution 64 kernel=7 stride=2`.
        public var operation: String
        /// `[batch, height, width, channels]` of a map.
        public var outputShape: [Int]
        /// Numbers that the optimiser may change, of parameters that no layer before has.
        public var weightCount: Int
        /// Numbers that it may not, such as running statistics.
        public var statisticCount: Int
        /// Of these weights those that are trained.
        public var trainedCount: Int
        /// Whether all parameters are another layer's, too.
        public var sharesParameters: Bool
        public var multiplyAdds: Int
        /// What a convolution in groups costs as a share of one without that makes as many channels of as many; behind a
        /// depthwise convolution, with it, as a share of the one convolution that the two stand for. Nil for all others.
        public var shareOfStandard: Double?
        /// Nil for what is not made of the input by windows, such as a vector.
        public var receptiveField: ReceptiveField?
        /// Of the output.
        public var byteCount: Int
    }

    public var inputShape: [Int]
    public var layers: [Layer]

    public var weightCount: Int { layers.reduce(0) { $0 + $1.weightCount } }
    public var statisticCount: Int { layers.reduce(0) { $0 + $1.statisticCount } }
    public var trainedCount: Int { layers.reduce(0) { $0 + $1.trainedCount } }
    public var multiplyAdds: Int { layers.reduce(0) { $0 + $1.multiplyAdds } }
    /// Each multiply-add is a multiplication and an addition.
    public var operations: Int { 2 * multiplyAdds }
    /// Of all outputs together; a plan needs less, since it writes where what lay there is no longer needed.
    public var byteCount: Int { layers.reduce(0) { $0 + $1.byteCount } }

    /// Summarises a graph of one input.
    ///
    /// - Parameters:
    ///   - graph: As it was recorded, or after some passes: a convolution with all that is fused behind it is one layer.
    ///   - trained: The parameters that would be trained.
    /// - Throws: ``GraphError`` when the input does not fit.
    public init(_ graph: Graph, inputShape: TensorShape, trained: Set<Parameter> = []) throws(GraphError) {
        let types = try graph.types(inputs: graph.inputs.map { _ in TensorType(inputShape) })
        self.inputShape = inputShape.dimensions
        layers = []
        var fields: [ReceptiveField?] = []
        var seen: Set<Parameter> = []
        for (index, node) in graph.nodes.enumerated() {
            let read = node.inputs.map { types[$0.node][$0.output] }
            fields.append(Self.field(of: node, reading: read, fields: fields, result: types[index][0]))
            if node.operation is Input { continue }
            let own = node.operation.parameters.filter { seen.insert($0).inserted }
            let weights = own.filter { $0.role == .weight }
            layers.append(
                Layer(
                    name: node.name,
                    operation: ([type(of: node.operation).name] + node.operation.attributes).joined(separator: " "),
                    outputShape: types[index][0].shape.dimensions,
                    weightCount: weights.reduce(0) { $0 + $1.count },
                    statisticCount: own.reduce(0) { $0 + ($1.role == .statistic ? $1.count : 0) },
                    trainedCount: weights.reduce(0) { $0 + (trained.contains($1) ? $1.count : 0) },
                    sharesParameters: own.isEmpty && !node.operation.parameters.isEmpty,
                    multiplyAdds: node.operation.multiplyAdds(of: read),
                    shareOfStandard: Self.shareOfStandard(of: index, in: graph, types: types),
                    receptiveField: fields[index],
                    byteCount: types[index].reduce(0) { $0 + $1.byteCount }))
        }
    }

    private static func shareOfStandard(of index: Int, in graph: Graph, types: [[TensorType]]) -> Double? {
        func cost(_ index: Int) -> Double {
            let node = graph.nodes[index]
            return Double(node.operation.multiplyAdds(of: node.inputs.map { types[$0.node][$0.output] }))
        }
        guard let layer = graph.nodes[index].operation as? Convolution else { return nil }
        if layer.groups > 1 { return 1 / Double(layer.groups) }
        guard layer.kernel == 1, let below = graph.depthwiseConvolution(below: index) else { return nil }
        let depthwise = cost(below), channels = Double(layer.weight.shape[0])
        // Without groups each of the channels of the result would cost what the depthwise convolution costs in all.
        return (depthwise + cost(index)) / (depthwise * channels)
    }

    private static func field(
        of node: Graph.Node, reading read: [TensorType], fields: [ReceptiveField?], result: TensorType
    ) -> ReceptiveField? {
        if node.operation is Input { return result.shape.isMap ? .pixel : nil }
        let inputs = node.inputs.indices.filter { !node.operation.readsShapeOnly(ofInput: $0) }
        guard let first = inputs.first, var field = fields[node.inputs[first].node] else { return nil }
        if let window = node.operation.window(of: read) { field = field.under(window) }
        if let from = read.first?.shape, from.isMap, result.shape.isMap, result.shape.height > from.height,
            result.shape.count > from.count
        {
            // A map that is enlarged, not turned, has more places for the same pixels.
            field.strideHeight *= Double(from.height) / Double(result.shape.height)
            field.strideWidth *= Double(from.width) / Double(result.shape.width)
        }
        for input in inputs.dropFirst() {
            if let other = fields[node.inputs[input].node] { field = field.joined(with: other) }
        }
        return field
    }
}

extension Graph {
    /// The convolution of each channel alone whose result a node reads, through normalisation and functions.
    fileprivate func depthwiseConvolution(below index: Int) -> Int? {
        var place = index
        while let first = nodes[place].inputs.first, nodes[place].inputs.count == 1 {
            place = first.node
            switch nodes[place].operation {
            case let layer as Convolution:
                return layer.groups > 1 && layer.groups == layer.weight.shape[0] && layer.weight.shape[1] == 1
                    ? place : nil
            case is ElementwiseActivation, is BatchNormalization: continue
            default: return nil
            }
        }
        return nil
    }
}
