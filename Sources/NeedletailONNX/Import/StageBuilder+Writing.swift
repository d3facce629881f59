import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels

/// What lowerings write with.
extension StageBuilder {
    /// A name that no other node has.
    mutating func unique(_ name: String) -> String {
        let count = names[name, default: 0] + 1
        names[name] = count
        return count == 1 ? name : unique("\(name)#\(count)")
    }

    /// Adds an operator of one result.
    mutating func append(
        _ operation: some Operator, _ inputs: [PlannedValue], shape: [Int], order: [Int]? = nil, name: String,
        kind: StoredTensor.ScalarType? = nil
    ) -> PlannedValue {
        nodes.append(Graph.Node(name: unique(name), operation: operation, inputs: inputs.map(\.port)))
        return PlannedValue(
            port: Graph.Port(node: nodes.count - 1), shape: shape, order: order ?? Array(0..<shape.count),
            kind: kind ?? inputs.first?.kind ?? .float32)
    }

    /// The value with its axes in another order.
    mutating func arrange(_ value: PlannedValue, _ order: [Int]) -> PlannedValue {
        if value.order == order { return value }
        let key = Arrangement(port: value.port, order: order.map { value.place(ofAxis: $0) })
        if var known = arranged[key] {
            known.shape = value.shape
            known.order = order
            return known
        }
        let moved = append(
            Transposition(order.map { value.place(ofAxis: $0) }), [value], shape: value.shape, order: order,
            name: nodes[value.port.node].name + ".order")
        arranged[key] = moved
        return moved
    }

    mutating func plain(_ value: PlannedValue) -> PlannedValue { arrange(value, Array(0..<value.rank)) }

    mutating func channelsLast(_ value: PlannedValue) -> PlannedValue {
        arrange(value, PlannedValue.channelsLast(value.rank))
    }

    /// A parameter of constant numbers; those of a file are used where they lie, if they can be.
    mutating func parameter(_ constant: ONNXConstant, name: String) throws -> Parameter {
        if let known = parameters[ObjectIdentifier(constant)] { return known }
        let parameter = store.root.parameter(
            unique(name), shape: constant.shape, initializedBy: .constant(0))
        let isAdopted =
            constant.stored.flatMap { stored in
                stored.withUnsafeFloats { floats in
                    parameter.adopt(FloatStorage(sharing: floats, of: stored.owner))
                    return true
                }
            } ?? false
        if !isAdopted { Self.fill(parameter, try constant.tensor().floats) }
        parameters[ObjectIdentifier(constant)] = parameter
        // The address of one that is gone could be another's.
        evaluated.append(constant)
        return parameter
    }

    mutating func parameter(_ floats: [Float], shape: [Int], name: String) -> Parameter {
        let parameter = store.root.parameter(
            unique(name), shape: shape, initializedBy: .constant(0))
        Self.fill(parameter, floats)
        return parameter
    }

    private static func fill(_ parameter: Parameter, _ floats: [Float]) {
        parameter.update { values in _ = values.update(from: floats) }
    }

    /// `scale · x + offset` for each number of the last axis of the graph's tensor.
    mutating func scaled(
        _ value: PlannedValue, by scale: [Float], plus offset: [Float], variance: [Float]? = nil, mean: [Float]? = nil,
        epsilon: Float = 0, name: String
    ) -> PlannedValue {
        if variance == nil, mean == nil,
            let joined = undone(value, by: scale, plus: offset, name: name)
                ?? rescaled(value, by: scale, plus: offset, name: name)
        {
            return joined
        }
        let scope = store.root[unique(name + ".scale")]
        let normalization = BatchNormalization(scope, channels: scale.count, kind: .frozen, epsilon: epsilon)
        Self.fill(normalization.weight, scale)
        Self.fill(normalization.bias, offset)
        if let variance { Self.fill(normalization.variance, variance) }
        if let mean { Self.fill(normalization.mean, mean) }
        return map(value, by: normalization, name: name)
    }

    /// What a factor was applied to, where another takes it back.
    private mutating func undone(
        _ value: PlannedValue, by scale: [Float], plus offset: [Float], name: String
    ) -> PlannedValue? {
        let port = core(value)
        guard let affine = nodes[port.node].operation as? BatchNormalization, affine.epsilon == 0,
            let input = nodes[port.node].inputs.first, offset.allSatisfy({ $0 == 0 }),
            affine.bias.values.allSatisfy({ $0 == 0 }), affine.mean.values.allSatisfy({ $0 == 0 }),
            affine.variance.values.allSatisfy({ $0 == 1 }),
            zip(affine.weight.values, scale).allSatisfy({ $0 * $1 == 1 })
        else { return nil }
        var inner = value
        inner.port = input
        guard port != value.port else { return inner }
        return append(Reshape(to: value.shape), [inner], shape: value.shape, name: name + ".rows")
    }

    /// A factor and an offset that are part of the normalisation before them; nil where there is none.
    private mutating func rescaled(
        _ value: PlannedValue, by scale: [Float], plus offset: [Float], name: String
    ) -> PlannedValue? {
        let maker = nodes[value.port.node]
        let input = PlannedValue(
            port: maker.inputs.first ?? value.port, shape: value.shape, order: value.order, kind: value.kind)
        switch maker.operation {
        case let group as GroupNormalization:
            let joined = GroupNormalization(
                scope(name + ".normalization"), channels: scale.count, groups: group.groups, epsilon: group.epsilon)
            set(joined.weight, zip(group.weight.values, scale).map { $0 * $1 })
            set(joined.bias, zip(group.bias.values, zip(scale, offset)).map { $0 * $1.0 + $1.1 })
            return append(joined, [input], shape: value.shape, order: value.order, name: name)
        case let length as L2Normalization where offset.allSatisfy { $0 == 0 }:
            let joined = L2Normalization(
                scope(name + ".normalization"), name: "weight", channels: scale.count, scale: 1, epsilon: length.epsilon
            )
            set(joined.weight, zip(length.weight.values, scale).map { $0 * $1 })
            return append(joined, [input], shape: value.shape, order: value.order, name: name)
        default: return nil
        }
    }

    /// Applies what looks at each number, or at the numbers of the last axis, on its own.
    ///
    /// A product of matrices is a convolution with a change of shape behind it: what follows goes between the two, where it
    /// becomes part of the convolution.
    mutating func map(_ value: PlannedValue, by operation: some Operator, name: String) -> PlannedValue {
        var inner = value
        inner.port = core(value)
        guard inner.port != value.port, value.isPlain else {
            return append(operation, [value], shape: value.shape, order: value.order, name: name)
        }
        let mapped = append(operation, [inner], shape: value.shape, name: name)
        productPorts.insert(mapped.port)
        return append(Reshape(to: value.shape), [mapped], shape: value.shape, name: name + ".rows")
    }

    /// A scope for a layer's parameters.
    mutating func scope(_ name: String) -> ParameterScope { store.root[unique(name)] }

    /// Changes the numbers of a parameter that a layer has made.
    func set(_ parameter: Parameter, _ floats: [Float]) { Self.fill(parameter, floats) }

    /// A constant as a value of the plan.
    mutating func value(of constant: ONNXConstant, name: String) throws -> PlannedValue {
        let parameter = try parameter(constant, name: name)
        return append(ConstantTensor(parameter), [], shape: constant.shape, name: name + ".constant")
    }

    /// Where the numbers of a value are made: below the change of shape behind a product of matrices.
    func core(_ value: PlannedValue) -> Graph.Port {
        let maker = nodes[value.port.node]
        guard maker.operation is Reshape, let product = maker.inputs.first, productPorts.contains(product) else {
            return value.port
        }
        return product
    }

    /// The node that makes a value.
    func maker(_ value: PlannedValue) -> Graph.Node { nodes[value.port.node] }

    /// Numbers in another shape, without a word of how they lie where that is not needed.
    mutating func reshape(_ value: PlannedValue, to shape: [Int], name: String) -> PlannedValue {
        if shape == value.shape { return value }
        if var source = source(of: value), source.shape == shape {
            source.kind = value.kind
            return source
        }
        let result: PlannedValue
        if value.rank >= 3, shape.count >= 3, value.isChannelsLast, shape[0] == value.shape[0],
            shape[1] == value.shape[1]
        {
            // Maps whose axes are only joined or parted, in front of their channels or behind their batch.
            let order = PlannedValue.channelsLast(shape.count)
            result = append(Reshape(to: order.map { shape[$0] }), [value], shape: shape, order: order, name: name)
        } else if value.rank == 4, value.isChannelsLast, shape == [value.shape[0], value.shape[1...].reduce(1, *)] {
            // One row of numbers an image: a linear layer behind it reads the map as it lies.
            result = append(Flatten(), [value], shape: shape, name: name)
        } else {
            result = append(Reshape(to: shape), [plain(value)], shape: shape, name: name)
        }
        shaped[result.port] = (result, value)
        return result
    }

    /// What a value was before it took its shape; nil where it is more than another shape of something.
    func source(of value: PlannedValue) -> PlannedValue? {
        guard let (made, source) = shaped[value.port], made.shape == value.shape, made.order == value.order else {
            return nil
        }
        return source
    }
}
