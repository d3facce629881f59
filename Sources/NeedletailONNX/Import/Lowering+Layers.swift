import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels

/// Convolutions, pooling and normalisation of maps.
extension Lowering {
    private static func extent(_ values: [Int]) -> Extent { Extent(height: values[0], width: values[1]) }

    private static func edges(_ window: WindowGeometry) -> EdgePadding {
        EdgePadding(top: window.before[0], left: window.before[1], bottom: window.after[0], right: window.after[1])
    }

    private static let convolution: Rule = { request, builder in
        guard var value = request.planned(), let weight = request.constant(1),
            request.isAbsent(2) || request.constant(2) != nil,
            value.rank == weight.shape.count, value.rank == 3 || value.rank == 4, !weight.shape.contains(0),
            let window = try flatWindow(
                request.node, kernel: Array(weight.shape[2...]), sizes: Array(value.shape[2...]))
        else { return nil }
        let groups = try request.node.integer("group", or: 1), outputs = weight.shape[0]
        guard groups > 0, weight.shape[1] * groups == value.shape[1], outputs.isMultiple(of: groups) else {
            throw NodeProblem("weights of \(weight.shape) in \(groups) groups do not fit an input of \(value.shape)")
        }
        let isRow = value.rank == 3
        value = builder.channelsLast(value)
        if isRow { value = widened(value, request.name, &builder) }
        let shape = [value.shape[0], outputs] + (try window.outputSizes(Array(value.shape[2...])))
        var parameter = try builder.parameter(weight, name: request.node.inputs[1])
        if isRow {
            parameter = builder.parameter(
                try weight.tensor().floats, shape: [outputs, weight.shape[1], 1, weight.shape[2]],
                name: request.node.inputs[1])
        }
        let bias = try request.constant(2).map { try builder.parameter($0, name: request.node.inputs[2]) }
        guard bias.map({ $0.count == outputs }) ?? true else {
            throw NodeProblem("its biases do not fit \(outputs) channels")
        }
        let result = builder.append(
            Convolution(
                weight: parameter, bias: bias, stride: extent(window.strides), padding: .edges(edges(window)),
                dilation: extent(window.dilations), groups: groups), [value], shape: shape,
            order: PlannedValue.channelsLast(4), name: request.name)
        return [
            isRow ? builder.reshape(result, to: [shape[0], shape[1], shape[3]], name: request.name + ".row") : result
        ]
    }

    /// A row of numbers as a map of one row.
    private static func widened(_ value: PlannedValue, _ name: String, _ builder: inout StageBuilder) -> PlannedValue {
        builder.reshape(value, to: [value.shape[0], value.shape[1], 1, value.shape[2]], name: name + ".map")
    }

    /// The window over the two axes of a map, of which a row has but one; nil where padding takes away.
    private static func flatWindow(_ node: ONNXNode, kernel: [Int]?, sizes: [Int]) throws -> WindowGeometry? {
        var window = try WindowGeometry(node, kernel: kernel, sizes: sizes)
        guard (window.before + window.after).allSatisfy({ $0 >= 0 }) else { return nil }
        if sizes.count == 1 {
            window.kernel.insert(1, at: 0)
            window.strides.insert(1, at: 0)
            window.dilations.insert(1, at: 0)
            window.before.insert(0, at: 0)
            window.after.insert(0, at: 0)
        }
        return window.kernel.count == 2 ? window : nil
    }

    private static let transposedConvolution: Rule = { request, builder in
        guard let value = request.planned(), let weight = request.constant(1), value.rank == 4, weight.shape.count == 4,
            request.isAbsent(2) || request.constant(2) != nil, !weight.shape.contains(0)
        else { return nil }
        let groups = try request.node.integer("group", or: 1)
        guard groups > 0, weight.shape[0] == value.shape[1], value.shape[1].isMultiple(of: groups) else {
            throw NodeProblem("weights of \(weight.shape) in \(groups) groups do not fit an input of \(value.shape)")
        }
        let (window, added, sizes) = try Interpreter.transposedEdges(
            request.node, kernel: Array(weight.shape[2...]), sizes: Array(value.shape[2...]))
        guard (window.before + window.after).allSatisfy({ $0 >= 0 }),
            added.indices.allSatisfy({ added[$0] < max(window.strides[$0], window.dilations[$0]) })
        else { return nil }
        let bias = try request.constant(2).map { try builder.parameter($0, name: request.node.inputs[2]) }
        return [
            builder.append(
                TransposedConvolution(
                    weight: try builder.parameter(weight, name: request.node.inputs[1]), bias: bias,
                    stride: extent(window.strides), padding: edges(window), outputPadding: extent(added),
                    dilation: extent(window.dilations), groups: groups), [builder.channelsLast(value)],
                shape: [value.shape[0], weight.shape[1] * groups] + sizes, order: PlannedValue.channelsLast(4),
                name: request.name)
        ]
    }

    private static func pooling(
        _ operation: @escaping @Sendable (WindowGeometry, ONNXNode) throws -> (any Operator)?
    ) -> Rule {
        { request, builder in
            guard let value = request.planned(), value.rank == 4, request.node.outputs.count == 1,
                try !request.node.flag("storage_order"),
                let window = try flatWindow(request.node, kernel: nil, sizes: Array(value.shape[2...])),
                // A window on padding alone has no greatest number.
                (0..<2).allSatisfy({ max(window.before[$0], window.after[$0]) * 2 <= window.span($0) }),
                let pool = try operation(window, request.node)
            else { return nil }
            let shape = value.shape[..<2] + (try window.outputSizes(Array(value.shape[2...])))
            let lying = builder.channelsLast(value)
            return [
                builder.append(pool, [lying], shape: Array(shape), order: lying.order, name: request.name)
            ]
        }
    }

    private static let batchNormalization: Rule = { request, builder in
        guard let value = request.planned(), value.rank >= 2, let evaluation = try request.evaluation(),
            request.node.outputs.count == 1, try !request.node.flag("training_mode")
        else { return nil }
        let parts = try (1...4).map { try evaluation.floats($0) }
        guard parts.allSatisfy({ $0.count == value.shape[1] }) else {
            throw NodeProblem("its factors, offsets, means and variances do not fit \(value.shape[1]) channels")
        }
        let lying = builder.channelsLast(value)
        return [
            builder.scaled(
                lying, by: parts[0], plus: parts[1], variance: parts[3], mean: parts[2],
                epsilon: try request.node.float("epsilon", or: 1e-5), name: request.name)
        ]
    }

    /// Instance normalisation is that of groups of one channel; of groups as rows, as other programs write it, that of the map
    /// whose channels they are.
    private static func groupNormalization(_ groups: @escaping @Sendable (ONNXNode, Int) throws -> Int) -> Rule {
        { request, builder in
            guard let value = request.planned(), value.rank == 3 || value.rank == 4,
                let evaluation = try request.evaluation()
            else { return nil }
            let count = try groups(request.node, value.shape[1])
            var map = value
            if value.rank == 3 {
                let source = builder.source(of: value)
                if let source, source.rank == 4, source.shape[0] == value.shape[0], count == value.shape[1],
                    source.shape[1].isMultiple(of: count)
                {
                    map = source
                } else {
                    map = widened(value, request.name, &builder)
                }
            }
            let channels = map.shape[1]
            guard count > 0, channels.isMultiple(of: count) else { return nil }
            func spread(_ numbers: [Float]) -> [Float]? {
                if numbers.count == channels { return numbers }
                guard numbers.count == count else { return nil }
                return numbers.flatMap { [Float](repeating: $0, count: channels / count) }
            }
            guard let scale = spread(try evaluation.floats(1)), let bias = spread(try evaluation.floats(2)) else {
                return nil
            }
            let normalization = GroupNormalization(
                builder.scope(request.name + ".normalization"), channels: channels, groups: count,
                epsilon: try request.node.float("epsilon", or: 1e-5))
            builder.set(normalization.weight, scale)
            builder.set(normalization.bias, bias)
            let lying = builder.channelsLast(map)
            let result = builder.append(
                normalization, [lying], shape: map.shape, order: lying.order, name: request.name)
            return [builder.reshape(result, to: value.shape, name: request.name + ".groups")]
        }
    }

    private static let layerNormalization: Rule = { request, builder in
        guard let value = request.planned(), let evaluation = try request.evaluation(), request.node.outputs.count == 1
        else { return nil }
        let axis = try evaluation.axis(try request.node.integer("axis", or: -1), rank: value.rank)
        let scale = try evaluation.floats(1), size = value.shape[axis]
        let bias = evaluation.optional(2)?.floats ?? [Float](repeating: 0, count: size)
        guard axis == value.rank - 1, scale.count == size, bias.count == size else { return nil }
        let normalization = LayerNormalization(
            builder.scope(request.name + ".normalization"), channels: size,
            epsilon: try request.node.float("epsilon", or: 1e-5))
        builder.set(normalization.weight, scale)
        builder.set(normalization.bias, bias)
        let lying = value.order.last == axis ? value : builder.plain(value)
        return [builder.append(normalization, [lying], shape: value.shape, order: lying.order, name: request.name)]
    }

    static let layers: [String: Rule] = [
        "Conv": convolution,
        "ConvTranspose": transposedConvolution,
        "MaxPool": pooling { window, _ in
            MaxPooling(
                extent(window.kernel), stride: extent(window.strides), padding: .edges(edges(window)),
                dilation: extent(window.dilations), roundsUp: window.roundsUp)
        },
        "AveragePool": pooling { window, node in
            guard window.dilations == [1, 1] else { return nil }
            return AveragePooling(
                extent(window.kernel), stride: extent(window.strides), padding: .edges(edges(window)),
                roundsUp: window.roundsUp, countsPadding: try node.flag("count_include_pad"))
        },
        "GlobalAveragePool": { request, builder in try reduce(.mean, request, over: .map, &builder) },
        "GlobalMaxPool": { request, builder in try reduce(.maximum, request, over: .map, &builder) },
        "BatchNormalization": batchNormalization,
        "InstanceNormalization": groupNormalization { _, channels in channels },
        "GroupNormalization": groupNormalization { node, _ in try node.integer("num_groups", or: 1) },
        "LayerNormalization": layerNormalization,
        "LRN": { request, builder in
            let size = try request.node.integer("size", or: 1)
            // Of an even number the one channel more lies on the other side than torch has it.
            guard let value = request.planned(), value.rank >= 3, size > 0, !size.isMultiple(of: 2) else { return nil }
            let lying = builder.channelsLast(value)
            return [
                builder.append(
                    LocalResponseNormalization(
                        size: size, alpha: try request.node.float("alpha", or: 1e-4),
                        beta: try request.node.float("beta", or: 0.75), k: try request.node.float("bias", or: 1)),
                    [lying], shape: value.shape, order: lying.order, name: request.name)
            ]
        },
    ]
}
