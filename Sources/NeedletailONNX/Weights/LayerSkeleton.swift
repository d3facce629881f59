import NeedletailGraph
import NeedletailKernels

/// The layers of a network that have weights, and which of them reads which, whatever lies between.
///
/// Two graphs of one network differ in names, in what is folded, and in what stands before and behind; in this they agree.
struct LayerSkeleton {
    struct Layer {
        var weight: Parameter
        var bias: Parameter?
        /// Shape of the weights, stride and groups: what tells the layer from others.
        var kind: [Int]
        /// The nodes that apply it, in their order; a head is applied to every level.
        var nodes: [Int]
        /// What behind its first node multiplies and shifts each channel, in this order.
        var normalizations: [BatchNormalization] = []
        /// Normalisation by groups of channels behind its first node.
        var group: GroupNormalization?
        /// The last node of each of its uses, by the number of normalisations behind it that are counted in.
        var ends: [[Int]]
        /// Layers whose values it reads; ``input`` for the image.
        var sources: Set<Int> = []
        var readers: Set<Int> = []
    }

    /// The image, among the sources of a layer.
    static let input = -1

    let graph: Graph
    private(set) var layers: [Layer] = []

    /// - Parameters:
    ///   - graph: The network.
    ///   - readsMapsFlat: Whether a convolution over the whole of its map is told as a linear layer, which it may have been, where
    ///     the graph states the shape of its input.
    init(_ graph: Graph, readsMapsFlat: Bool = false) {
        self.graph = graph
        let types =
            readsMapsFlat ? graph.statedInput.flatMap { try? graph.types(inputs: [TensorType($0)]) } : nil
        var readers = [[Int]](repeating: [], count: graph.nodes.count)
        for (index, node) in graph.nodes.enumerated() {
            for input in node.inputs { readers[input.node].append(index) }
        }
        let outputs = Set(graph.outputs.map(\.port.node))
        var places: [Parameter: Int] = [:]
        // The layers whose values reach a node without another between.
        var reaching = [Set<Int>](repeating: [], count: graph.nodes.count)
        for (index, node) in graph.nodes.enumerated() {
            if node.operation is Input {
                reaching[index] = [Self.input]
                continue
            }
            var sources: Set<Int> = []
            for (slot, input) in node.inputs.enumerated() where !node.operation.readsShapeOnly(ofInput: slot) {
                sources.formUnion(reaching[input.node])
            }
            var layer: Layer
            switch node.operation {
            case let operation as any WeightedOperator where !Self.isPreparation(operation, reading: sources):
                let behind = Self.normalizations(behind: index, graph, readers, outputs)
                layer = Layer(
                    weight: operation.weight, bias: operation.bias,
                    kind: Self.kind(of: operation, on: types?[node.inputs[0].node].first) + [behind.group?.groups ?? 0],
                    nodes: [index], normalizations: behind.found.map(\.operation), group: behind.group,
                    ends: [[index] + behind.found.map(\.node)])
            case let operation as L2Normalization:
                layer = Layer(weight: operation.weight, kind: operation.weight.shape, nodes: [index], ends: [[index]])
            default:
                reaching[index] = sources
                continue
            }
            layer.sources = sources
            if let place = places[layer.weight] {
                layers[place].nodes.append(index)
                layers[place].sources.formUnion(sources)
                layers[place].ends += layer.ends
                reaching[index] = [place]
            } else {
                places[layer.weight] = layers.count
                reaching[index] = [layers.count]
                layers.append(layer)
            }
        }
        for (index, layer) in layers.enumerated() {
            for source in layer.sources where source != Self.input { layers[source].readers.insert(index) }
        }
    }

    /// Whether it does no more than order, scale and shift the colours of each pixel.
    private static func isPreparation(_ operation: any WeightedOperator, reading sources: Set<Int>) -> Bool {
        let shape = operation.weight.shape
        return sources == [input] && operation is Convolution && shape.count == 4 && shape[0] <= 3
            && shape[2...] == [1, 1]
    }

    /// A linear layer is a convolution of one pixel.
    ///
    /// - Parameter input: What it reads.
    private static func kind(of operation: any WeightedOperator, on input: TensorType?) -> [Int] {
        var shape = operation.weight.shape
        if let convolution = operation as? Convolution, let map = input?.shape, map.isMap, convolution.groups == 1,
            convolution.kernel == Extent(height: map.height, width: map.width), convolution.kernel != 1,
            let result = try? convolution.outputType(of: TensorType(map)).shape, result.height * result.width == 1
        {
            shape = [shape[0], shape[1] * map.height * map.width]
            return shape + [1, 1, 1, 1, 1, 1, 1]
        }
        let sizes = shape + [Int](repeating: 1, count: max(0, 4 - shape.count))
        guard let convolution = operation as? Convolution else { return sizes + [1, 1, 1, 1, 1] }
        return sizes + [
            convolution.stride.height, convolution.stride.width, convolution.dilation.height,
            convolution.dilation.width, convolution.groups,
        ]
    }

    /// Normalisation that alone reads what a node makes, one behind the other; by groups where there is no other.
    private static func normalizations(
        behind start: Int, _ graph: Graph, _ readers: [[Int]], _ outputs: Set<Int>
    ) -> (found: [(node: Int, operation: BatchNormalization)], group: GroupNormalization?) {
        var found: [(node: Int, operation: BatchNormalization)] = []
        var place = start
        while readers[place].count == 1, !outputs.contains(place) {
            place = readers[place][0]
            let operation = graph.nodes[place].operation
            if let normalization = operation as? BatchNormalization, normalization.activation == nil {
                found.append((place, normalization))
            } else if let group = operation as? GroupNormalization, found.isEmpty {
                return (found, group)
            } else if !(operation is Reshape) {
                break
            }
        }
        return (found, nil)
    }

    /// Layers that no other reads: those that predict.
    var last: [Int] { layers.indices.filter { layers[$0].readers.isEmpty } }

    /// The name of a layer: that of its first node.
    func name(ofLayer index: Int) -> String { graph.nodes[layers[index].nodes[0]].name }

    /// For each layer the one of another network that stands at its place; nil where they are not the same network.
    ///
    /// Layers are told apart by their shapes, by those around them, by those around these, and so on; of those that are alike
    /// in all this the first is the first.
    func places(in other: LayerSkeleton) -> [Int]? {
        guard layers.count == other.layers.count else { return nil }
        var numbers: [[Int]: Int] = [:]
        func number(_ key: [Int]) -> Int {
            if let known = numbers[key] { return known }
            numbers[key] = numbers.count
            return numbers.count - 1
        }
        var own = layers.map { number($0.kind) }, others = other.layers.map { number($0.kind) }
        guard own.sorted() == others.sorted() else { return nil }
        var count = 0
        while Set(own).count > count {
            count = Set(own).count
            numbers.removeAll()
            func refined(_ layers: [Layer], _ colors: [Int]) -> [Int] {
                layers.indices.map { index in
                    let layer = layers[index]
                    func around(_ places: Set<Int>) -> [Int] {
                        places.map { $0 == Self.input ? Self.input : colors[$0] }.sorted()
                    }
                    return number([colors[index]] + around(layer.sources) + [-2] + around(layer.readers))
                }
            }
            (own, others) = (refined(layers, own), refined(other.layers, others))
            guard own.sorted() == others.sorted() else { return nil }
        }
        var waiting: [Int: [Int]] = [:]
        for (index, color) in others.enumerated().reversed() { waiting[color, default: []].append(index) }
        return own.map { waiting[$0]?.popLast() ?? 0 }
    }

    /// Layers that another network has as well, by shape alone.
    func commonCount(with other: LayerSkeleton) -> Int {
        var counts: [[Int]: Int] = [:]
        for layer in layers { counts[layer.kind, default: 0] += 1 }
        return other.layers.count { layer in
            counts[layer.kind, default: 0] -= 1
            return counts[layer.kind, default: 0] >= 0
        }
    }
}

extension Graph {
    /// The shape of the only input, where the graph is for that alone.
    var statedInput: TensorShape? {
        guard inputs.count == 1, let input = nodes[inputs[0]].operation as? Input,
            let sizes = input.dimensions?.compactMap(\.self), sizes.count == input.dimensions?.count
        else { return nil }
        return TensorShape(sizes)
    }
}
