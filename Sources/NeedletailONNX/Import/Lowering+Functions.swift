import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels

/// Functions of each number.
extension Lowering {
    private static func apply(
        _ operation: some Operator, _ request: LoweringRequest, _ builder: inout StageBuilder
    ) -> [PlannedValue]? {
        guard let value = request.planned() else { return nil }
        return [builder.map(value, by: operation, name: request.name)]
    }

    private static func activation(_ function: Activation) -> Rule {
        { request, builder in apply(ElementwiseActivation(function), request, &builder) }
    }

    /// The value itself.
    private static let identity: Rule = { request, _ in
        guard request.node.outputs.count == 1 || request.node.outputs.dropFirst().allSatisfy(\.isEmpty) else {
            return nil
        }
        return request.planned().map { [$0] }
    }

    private static func general(_ name: String) -> Rule {
        { request, builder in
            guard let function = Interpreter.functions[name] else { return nil }
            let constants = request.node.attributes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let title = ([name.lowercased()] + constants).joined(separator: " ")
            return apply(PlannedFunction(title, try function(request.node), node: request.node), request, &builder)
        }
    }

    static let functions: [String: Rule] = Interpreter.functions.reduce(into: special) { rules, function in
        if rules[function.key] == nil { rules[function.key] = general(function.key) }
    }

    private static let special: [String: Rule] = [
        "Relu": activation(.relu), "Sigmoid": activation(.sigmoid), "Tanh": activation(.tanh),
        "HardSwish": activation(.hardSwish),
        "Gelu": { request, builder in
            let isExact = try request.node.text("approximate", or: "none") == "none"
            return try (isExact ? activation(.gelu) : general("Gelu"))(request, &builder)
        },
        "LeakyRelu": { request, builder in
            let slope = try request.node.float("alpha", or: 0.01)
            return apply(ElementwiseActivation(.leakyReLU(slope: slope)), request, &builder)
        },
        "HardSigmoid": { request, builder in
            let alpha = try request.node.float("alpha", or: 0.2), beta = try request.node.float("beta", or: 0.5)
            if abs(alpha - 1 / 6) < 1e-6, beta == 0.5 {
                return apply(ElementwiseActivation(.hardSigmoid), request, &builder)
            }
            return apply(
                PlannedFunction(
                    "hard-sigmoid \(alpha) \(beta)", { min(max(alpha * $0 + beta, 0), 1) }, node: request.node),
                request, &builder)
        },
        "Swish": { request, builder in
            let alpha = try request.node.float("alpha", or: 1)
            if alpha == 1 { return apply(ElementwiseActivation(.silu), request, &builder) }
            return apply(
                PlannedFunction("swish \(alpha)", { $0 * Interpreter.sigmoid(alpha * $0) }, node: request.node),
                request, &builder)
        },
        "Clip": { request, builder in
            guard let evaluation = try request.evaluation() else { return nil }
            let (low, high) = try Interpreter.clipLimits(evaluation)
            if low == 0, high == 6 { return apply(ElementwiseActivation(.relu6), request, &builder) }
            if low == 0, high == .infinity { return apply(ElementwiseActivation(.relu), request, &builder) }
            var clip = PlannedFunction("clip \(low) \(high)") {
                min(max($0, low), high)
            } form: { site, value in
                let limits = [low, high].map { limit in
                    limit.isInfinite ? "" : site.writer.float(limit, named: site.name + "/limit")
                }
                return site.node("Clip", [value] + (limits[1].isEmpty ? Array(limits.prefix(1)) : limits))
            }
            clip.limits = low <= high ? low...high : nil
            return apply(clip, request, &builder)
        },
        "Identity": identity, "Dropout": identity,
        "Cast": { request, builder in
            guard let kind = StoredTensor.ScalarType(onnxCode: try request.node.integer("to", or: 1)),
                kind.isFloatingPoint,
                var value = request.planned()
            else { return nil }
            value.kind = kind
            return [value]
        },
        "CastLike": { request, builder in
            guard var value = request.planned(), let kind = request.planned(1)?.kind ?? request.constant(1)?.kind,
                kind.isFloatingPoint
            else { return nil }
            value.kind = kind
            return [value]
        },
        "QuantizeLinear": { request, builder in
            guard let evaluation = try request.evaluation(), let scale = evaluation.optional(1), scale.count == 1,
                evaluation.optional(2).map({ $0.count == 1 && [.uint8, .int8].contains($0.kind) }) ?? true,
                request.node.attributes["output_dtype"] == nil
            else { return nil }
            let zero = evaluation.optional(2)?.floats[0] ?? 0, step = scale.floats[0]
            let kind = evaluation.optional(2)?.kind ?? .uint8, low: Float = kind == .int8 ? -128 : 0
            let function = PlannedFunction("quantize \(step) \(zero)") {
                min(max(($0 / step).rounded(.toNearestOrEven) + zero, low), low + 255)
            } form: { site, value in
                func number(_ value: Float) -> String { site.writer.float(value, named: site.name + "/number") }
                let rounded = site.node("Round", [site.node("Div", [value, number(step)])])
                return site.node("Clip", [site.node("Add", [rounded, number(zero)]), number(low), number(low + 255)])
            }
            guard var value = apply(function, request, &builder)?[0] else { return nil }
            value.kind = kind
            return [value]
        },
        "DequantizeLinear": { request, builder in
            guard let value = request.planned(), let evaluation = try request.evaluation(),
                let scale = evaluation.optional(1), scale.count == 1,
                evaluation.optional(2).map({ $0.count == 1 }) ?? true,
                let last = value.order.last
            else { return nil }
            let step = scale.floats[0], zero = evaluation.optional(2)?.floats[0] ?? 0, size = value.shape[last]
            var result = builder.scaled(
                value, by: [Float](repeating: step, count: size), plus: [Float](repeating: -zero * step, count: size),
                name: request.name)
            result.kind = scale.kind
            return [result]
        },
        "Softmax": softmax,
        "LogSoftmax": { request, builder in
            guard let shares = try softmax(request, &builder)?.first else { return nil }
            return [
                builder.append(
                    PlannedFunction("log") {
                        Interpreter.logarithm($0)
                    } form: { site, value in
                        site.node("Log", [value])
                    }, [shares], shape: shares.shape, order: shares.order, name: request.name + ".log")
            ]
        },
    ]

    private static let softmax: Rule = { request, builder in
        guard let value = request.planned(), value.rank > 0, let evaluation = try request.evaluation() else {
            return nil
        }
        let isOld = request.version < 13
        let axis = try evaluation.axis(try request.node.integer("axis", or: isOld ? 1 : -1), rank: value.rank)
        if isOld, value.shape[(axis + 1)...].contains(where: { $0 != 1 }) {
            // Old versions sum over all axes behind.
            let rows = builder.reshape(
                value, to: [value.shape[..<axis].reduce(1, *), value.shape[axis...].reduce(1, *)],
                name: request.name + ".rows")
            let shares = builder.append(
                Softmax(), [builder.plain(rows)], shape: rows.shape, name: request.name + ".softmax")
            return [builder.reshape(shares, to: value.shape, name: request.name)]
        }
        let order = value.order.last == axis ? value.order : value.order.filter { $0 != axis } + [axis]
        let lying = builder.arrange(value, order)
        return [builder.append(Softmax(), [lying], shape: value.shape, order: order, name: request.name)]
    }
}
