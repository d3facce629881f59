import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels
import NeedletailRandom
import NeedletailRuntime

/// Fills a network with the weights of another graph of the same network, and holds what both compute against each other.
struct WeightTransfer {
    private let file: LayerSkeleton
    private let own: LayerSkeleton
    private let network: KnownNetwork
    /// For each of our layers that of the file.
    private let places: [Int]
    /// Of each of our layers, how much of what stands behind that of the file is counted in.
    private var taken: [Int] = []
    /// Normalisation that the file has in the weights before it.
    private(set) var folded: [String] = []

    /// - Returns: Nil where they are different networks.
    init?(_ file: LayerSkeleton, into network: KnownNetwork) {
        let own = LayerSkeleton(network.graph)
        guard let places = own.places(in: file) else { return nil }
        (self.file, self.own, self.network, self.places) = (file, own, network, places)
    }

    /// Copies the weights.
    ///
    /// - Parameter named: Numbers of the file by name, for what is no layer.
    /// - Returns: What has no place in the file.
    mutating func fill(named: (String) throws -> [Float]?) rethrows -> [String] {
        var filled: Set<Parameter> = []
        for (index, layer) in own.layers.enumerated() {
            let source = file.layers[places[index]]
            let normalization = layer.normalizations.first
            // Without normalisation of ours, what is added to a product of matrices is its bias; all else comes later.
            let count =
                normalization != nil
                ? source.normalizations.count
                : layer.bias != nil && source.bias == nil ? min(source.normalizations.count, 1) : 0
            taken.append(count)
            var affine = ChannelAffine(offset: source.bias.map { Array($0.values) }, count: layer.weight.shape[0])
            // A normalisation that the file has as such is taken over as it is; mere arithmetic has no epsilon.
            let last = normalization == nil ? nil : source.normalizations.last.flatMap { $0.epsilon > 0 ? $0 : nil }
            for other in source.normalizations.prefix(last == nil ? count : count - 1) { affine.append(other) }
            if let bias = layer.bias {
                Self.set(bias, affine.offset)
                affine.offset = affine.offset.map { _ in 0 }
                filled.insert(bias)
            }
            let weights = affine.scaled(source.weight.values)
            Self.set(layer.weight, weights)
            filled.insert(layer.weight)
            if let group = layer.group, let given = source.group {
                Self.set(group.weight, Array(given.weight.values))
                Self.set(group.bias, Array(given.bias.values))
                filled.formUnion(group.parameters)
            }
            guard let normalization else { continue }
            filled.formUnion(normalization.parameters)
            if let last {
                Self.set(normalization.weight, Array(last.weight.values))
                Self.set(normalization.bias, Array(last.bias.values))
                Self.set(normalization.mean, zip(last.mean.values, affine.offset).map { $0 - $1 })
                let difference = last.epsilon - normalization.epsilon
                Self.set(normalization.variance, last.variance.values.map { max($0 + difference, 0) })
            } else {
                let one = (1 + normalization.epsilon).squareRoot()
                Self.set(normalization.weight, affine.offset.map { _ in one })
                Self.set(normalization.bias, affine.offset)
                Self.set(normalization.mean, affine.offset.map { _ in 0 })
                Self.set(normalization.variance, affine.offset.map { _ in 1 })
                folded.append(String(normalization.weight.name.dropLast(".weight".count)))
            }
        }
        var missing: [String] = []
        for parameter in network.parameters.parameters where !filled.contains(parameter) {
            if let numbers = try named(parameter.name), numbers.count == parameter.count {
                Self.set(parameter, numbers)
            } else {
                missing.append(parameter.name)
            }
        }
        return missing
    }

    private static func set(_ parameter: Parameter, _ numbers: [Float]) {
        parameter.update { _ = $0.update(fromContentsOf: numbers) }
    }

    /// The greatest difference that is no other network: of the greatest number of a layer.
    static let tolerance: Float = 1e-4

    /// A layer that computes something else in the two, the first, with the difference as a part of its greatest number; nil
    /// where all that is predicted is the same.
    ///
    /// Both are given the same noise, where the file is done with preparing pixels.
    ///
    /// - Throws: `GraphError`, `PlanError`; ``ONNXError`` where the file prepares its input in a way that is not known.
    func firstDifference(path: String, pool: ThreadPool) throws -> (name: String, share: Float)? {
        guard let channels = network.graph.inputs.first.flatMap({ inputChannels($0) }),
            let port = try inputPort(channels: channels)
        else {
            throw ONNXError(
                .unsupported, subject: path, problem: "where the pixels of its input are ready is not found")
        }
        let shape = port.shape
        if try differences(own.last, from: port.place, shape, pool).isEmpty { return nil }
        return try differences(Array(own.layers.indices), from: port.place, shape, pool).first
    }

    private func inputChannels(_ index: Int) -> Int? {
        guard let input = network.graph.nodes[index].operation as? Input else { return nil }
        return input.dimensions?.last ?? nil
    }

    /// The last map with so many channels that the first layers read: pixels that are ready, whatever size they were given.
    private func inputPort(channels: Int) throws -> (place: Int, shape: TensorShape)? {
        guard let input = file.graph.statedInput else { return nil }
        let types = try file.graph.types(inputs: [TensorType(input)])
        var before: Set<Int> = []
        var waiting = file.layers.filter { $0.sources.contains(LayerSkeleton.input) }.map { $0.nodes[0] }
        while let place = waiting.popLast() {
            for port in file.graph.nodes[place].inputs where before.insert(port.node).inserted {
                waiting.append(port.node)
            }
        }
        let layers = Set(file.layers.flatMap(\.nodes))
        let first = file.layers.flatMap(\.nodes).min() ?? 0
        let place = before.filter { index in
            guard let shape = types[index].first?.shape, shape.isMap, !layers.contains(index), index < first else {
                return false
            }
            return shape.batch == 1 && shape.channels == channels
        }.max()
        return place.map { ($0, types[$0][0].shape) }
    }

    private func differences(
        _ layers: [Int], from place: Int, _ shape: TensorShape, _ pool: ThreadPool
    ) throws -> [(name: String, share: Float)] {
        func values(_ graph: Graph) throws -> [[Float]] {
            let plan = try Plan(graph: graph, inputShape: shape, purpose: .inference, pool: pool)
            var stream = RandomStream(seed: 0, name: "input")
            for index in plan.input.indices { plan.input[index] = 2 * stream.nextUnit() - 1 }
            plan.forward()
            return graph.outputs.indices.map { Array(plan.output($0)) }
        }
        func ends(_ skeleton: LayerSkeleton, _ layer: Int, _ count: Int) -> [Int] {
            skeleton.layers[layer].ends.map { $0[min(count, $0.count - 1)] }
        }
        let pairs = layers.map { layer in
            (
                own: ends(own, layer, own.layers[layer].normalizations.isEmpty ? 0 : 1),
                file: ends(file, places[layer], taken[layer])
            )
        }
        let ours = try values(own.graph.making(pairs.flatMap(\.own)))
        let theirs = try values(file.graph.making(pairs.flatMap(\.file), given: (place, shape)))
        var found: [(name: String, share: Float)] = []
        var start = (own: 0, file: 0)
        for (layer, pair) in zip(layers, pairs) {
            // The largest level first, in whatever order they are computed.
            let one = ours[start.own..<start.own + pair.own.count].sorted { $0.count > $1.count }
            let other = theirs[start.file..<start.file + pair.file.count].sorted { $0.count > $1.count }
            start = (start.own + pair.own.count, start.file + pair.file.count)
            guard one.map(\.count) == other.map(\.count) else {
                found.append((own.name(ofLayer: layer), .infinity))
                continue
            }
            let greatest = max(one.joined().lazy.map(abs).max() ?? 0, .leastNormalMagnitude)
            let difference = zip(one.joined(), other.joined()).lazy.map { abs($0 - $1) }.max() ?? 0
            if !(difference <= Self.tolerance * greatest) {
                found.append((own.name(ofLayer: layer), difference / greatest))
            }
        }
        return found
    }
}

/// `scale · x + offset`, of each channel.
private struct ChannelAffine {
    var scale: [Float]
    var offset: [Float]

    init(offset: [Float]?, count: Int) {
        scale = [Float](repeating: 1, count: count)
        self.offset = offset ?? [Float](repeating: 0, count: count)
    }

    mutating func append(_ normalization: BatchNormalization) {
        for channel in scale.indices {
            let next = normalization.affine(ofChannel: channel)
            scale[channel] *= next.factor
            offset[channel] = offset[channel] * next.factor + next.offset
        }
    }

    /// Weights whose first dimension is that of the channels.
    func scaled(_ weights: UnsafeBufferPointer<Float>) -> [Float] {
        let size = weights.count / max(scale.count, 1)
        return weights.indices.map { weights[$0] * scale[$0 / size] }
    }
}

extension Graph {
    /// What makes the values of nodes, as its outputs.
    ///
    /// - Parameter given: A node whose value is the only input.
    fileprivate func making(_ places: [Int], given: (place: Int, shape: TensorShape)? = nil) throws -> Graph {
        var nodes = nodes
        if let (place, shape) = given {
            nodes[place].operation = Input(dimensions: shape.dimensions.map { $0 })
            nodes[place].inputs = []
        }
        var moved: [Int: Int] = [:]
        var isRead = [Bool](repeating: false, count: nodes.count)
        for place in places { isRead[place] = true }
        for (index, node) in nodes.enumerated().reversed() where isRead[index] {
            for input in node.inputs { isRead[input.node] = true }
        }
        var kept: [Node] = []
        for (index, node) in nodes.enumerated() where isRead[index] {
            moved[index] = kept.count
            kept.append(
                Node(
                    name: node.name, operation: node.operation,
                    inputs: node.inputs.map { Port(node: moved[$0.node] ?? 0, output: $0.output) }))
        }
        return try Graph(
            nodes: kept,
            outputs: places.enumerated().map { Output(name: "\($0)", port: Port(node: moved[$1] ?? 0)) })
    }
}
