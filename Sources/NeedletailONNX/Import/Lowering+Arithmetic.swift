import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels

/// Arithmetic of two values, or of one and constants.
extension Lowering {
    private static func rule(_ function: ArithmeticFunction) -> Rule {
        { request, builder in
            // The broadcasting of versions before 7 is another.
            guard request.operands.count == 2,
                request.version >= 7 || (request.node.attributes["axis"] == nil && request.node.kind != "PRelu")
            else {
                return nil
            }
            return try combine(function, request.operands[0], request.operands[1], request.name, &builder).map { [$0] }
        }
    }

    /// A function of any number of values, taken two by two.
    private static func chain(_ function: ArithmeticFunction, isMean: Bool = false) -> Rule {
        { request, builder in
            guard var result = request.operands.first ?? nil else { return nil }
            for (index, operand) in request.operands.enumerated().dropFirst() {
                guard let next = try combine(function, result, operand, "\(request.name).\(index)", &builder) else {
                    return nil
                }
                result = .planned(next)
            }
            guard case .planned(let value) = result else { return nil }
            guard isMean else { return [value] }
            let share = ONNXConstant(ONNXTensor([1 / Float(request.operands.count)], shape: []))
            return try combine(.multiply, .planned(value), .constant(share), request.name, &builder).map { [$0] }
        }
    }

    static let arithmetic: [String: Rule] = [
        "Add": rule(.add), "Sub": rule(.subtract), "Mul": rule(.multiply), "Div": rule(.divide), "Pow": rule(.power),
        "PRelu": rule(.rectify), "Max": chain(.maximum), "Min": chain(.minimum), "Sum": chain(.add),
        "Mean": chain(.add, isMean: true),
    ]

    private static func combine(
        _ function: ArithmeticFunction, _ left: StageBuilder.Binding?, _ right: StageBuilder.Binding?, _ name: String,
        _ builder: inout StageBuilder
    ) throws -> PlannedValue? {
        switch (left, right) {
        case (.planned(let one)?, .planned(let other)?): return try combine(function, one, other, name, &builder)
        case (.planned(let value)?, .constant(let constant)?):
            return try combine(function, value, constant, isConstantFirst: false, name, &builder)
        case (.constant(let constant)?, .planned(let value)?):
            return try combine(function, value, constant, isConstantFirst: true, name, &builder)
        default: return nil
        }
    }

    private static func combine(
        _ function: ArithmeticFunction, _ one: PlannedValue, _ other: PlannedValue, _ name: String,
        _ builder: inout StageBuilder
    ) throws -> PlannedValue? {
        let shape = try Interpreter.broadcastShape([one.shape, other.shape])
        if function == .multiply,
            let joined = gated(one, other, name, &builder) ?? gated(other, one, name, &builder)
                ?? errorGated(one, other, name, &builder) ?? errorGated(other, one, name, &builder)
        {
            return joined
        }
        if function == .divide, let normalized = divided(one, by: other, name, &builder) { return normalized }
        // Both with all axes, in the order of the larger one.
        func full(_ value: PlannedValue) -> PlannedValue {
            let added = shape.count - value.rank
            return added == 0
                ? value
                : builder.reshape(value, to: [Int](repeating: 1, count: added) + value.shape, name: name + ".axes")
        }
        var left = full(one), right = full(other)
        if left.count >= right.count {
            right = builder.arrange(right, left.order)
        } else {
            left = builder.arrange(left, right.order)
        }
        if left.shape == right.shape, function == .add {
            return builder.append(Addition(), [left, right], shape: shape, order: left.order, name: name)
        }
        if function == .multiply, shape.count == 4, left.isChannelsLast, left.shape[..<2] == right.shape[..<2],
            left.shape == right.shape || [left, right].contains(where: { $0.shape[2...] == [1, 1] })
        {
            return builder.append(Multiplication(), [left, right], shape: shape, order: left.order, name: name)
        }
        return builder.append(Arithmetic(function), [left, right], shape: shape, order: left.order, name: name)
    }

    /// `x · sigmoid(x)` and `x · hardSigmoid(x)`, which are functions of their own.
    private static func gated(
        _ value: PlannedValue, _ gate: PlannedValue, _ name: String, _ builder: inout StageBuilder
    ) -> PlannedValue? {
        let maker = builder.nodes[builder.core(gate).node]
        guard let activation = maker.operation as? ElementwiseActivation, maker.inputs == [builder.core(value)],
            value.order == gate.order, value.shape == gate.shape
        else { return nil }
        let function: Activation
        switch activation.function {
        case .sigmoid: function = .silu
        case .hardSigmoid: function = .hardSwish
        default: return nil
        }
        return builder.map(value, by: ElementwiseActivation(function), name: name)
    }

    /// `x / max(|x|, ε)` with the length of the channels of each pixel.
    private static func divided(
        _ value: PlannedValue, by length: PlannedValue, _ name: String, _ builder: inout StageBuilder
    ) -> PlannedValue? {
        guard value.rank == 4, value.isChannelsLast, length.rank == 4, length.isChannelsLast else { return nil }
        var node = builder.maker(length)
        // Made as wide as the map, where that is written out.
        if let read = node.operation as? IndexedRead, let input = node.inputs.first,
            read.axes.allSatisfy({ $0?.allSatisfy { $0 == 0 } ?? true })
        {
            node = builder.nodes[input.node]
        }
        let least: Float
        switch node.operation {
        case let clip as PlannedFunction:
            guard let limits = clip.limits, limits.upperBound == .infinity else { return nil }
            least = limits.lowerBound
        case let maximum as Arithmetic:
            guard maximum.function == .maximum, let constant = maximum.constant, constant.count == 1 else { return nil }
            least = constant.values[0]
        default: return nil
        }
        guard least > 0, let sum = node.inputs.first.map({ builder.nodes[$0.node] }),
            let reduction = sum.operation as? Reduction, reduction.function == .l2, reduction.axes == [3],
            reduction.keepsAxes, sum.inputs == [value.port]
        else { return nil }
        let normalization = L2Normalization(
            builder.scope(name + ".normalization"), name: "weight", channels: value.shape[1], scale: 1, epsilon: least)
        builder.set(normalization.weight, [Float](repeating: 1, count: value.shape[1]))
        return builder.append(normalization, [value], shape: value.shape, order: value.order, name: name)
    }

    /// `x · (1 + erf(x / √2))`, which is GELU twice, and `x / 2 · (1 + erf(x / √2))`.
    private static func errorGated(
        _ value: PlannedValue, _ gate: PlannedValue, _ name: String, _ builder: inout StageBuilder
    ) -> PlannedValue? {
        guard value.shape == gate.shape, value.order == gate.order else { return nil }
        /// What lies below a factor and an offset that are the same for all channels.
        func below(_ port: Graph.Port, scale: Float, offset: Float) -> Graph.Port? {
            let node = builder.nodes[port.node]
            guard let affine = node.operation as? BatchNormalization, affine.epsilon == 0,
                affine.weight.values.allSatisfy({ abs($0 - scale) < 1e-6 }),
                affine.bias.values.allSatisfy({ $0 == offset }), affine.mean.values.allSatisfy({ $0 == 0 })
            else { return nil }
            return node.inputs.first
        }
        guard let error = below(builder.core(gate), scale: 1, offset: 1),
            case let function = builder.nodes[error.node],
            (function.operation as? PlannedFunction)?.title == "erf", let root = function.inputs.first,
            let input = below(root, scale: Float(0.5).squareRoot(), offset: 0)
        else { return nil }
        let core = builder.core(value), isHalved = below(core, scale: 0.5, offset: 0) == input
        guard isHalved || core == input else { return nil }
        var source = value
        if isHalved { source.port = input }
        let result = builder.map(source, by: ElementwiseActivation(.gelu), name: isHalved ? name : name + ".gelu")
        guard !isHalved, let last = value.order.last else { return result }
        let size = value.shape[last]
        return builder.scaled(
            result, by: [Float](repeating: 2, count: size), plus: [Float](repeating: 0, count: size), name: name)
    }

    private static func combine(
        _ function: ArithmeticFunction, _ value: PlannedValue, _ constant: ONNXConstant, isConstantFirst: Bool,
        _ name: String, _ builder: inout StageBuilder
    ) throws -> PlannedValue? {
        guard constant.kind.isFloatingPoint else { return nil }
        let shape = try Interpreter.broadcastShape([value.shape, constant.shape])
        var value = value
        if value.rank < shape.count {
            value = builder.reshape(
                value, to: [Int](repeating: 1, count: shape.count - value.rank) + value.shape, name: name + ".axes")
        }
        let numbers = try constant.tensor()
        let wide = numbers.reshaped([Int](repeating: 1, count: shape.count - numbers.rank) + numbers.shape)
        if let last = value.order.last, shape == value.shape,
            wide.shape.indices.allSatisfy({ $0 == last || wide.shape[$0] == 1 }),
            let (scale, offset) = affine(function, wide.floats, isConstantFirst: isConstantFirst)
        {
            let size = value.shape[last]
            func spread(_ values: [Float]) -> [Float] {
                values.count == size ? values : [Float](repeating: values[0], count: size)
            }
            return builder.scaled(value, by: spread(scale), plus: spread(offset), name: name)
        }
        let lying = wide.transposed(value.order)
        let parameter = builder.parameter(lying.floats, shape: lying.shape, name: name + ".constant")
        return builder.append(
            Arithmetic(function, constant: parameter, isConstantFirst: isConstantFirst), [value], shape: shape,
            order: value.order, name: name)
    }

    /// `function(x, constant)` as `scale · x + offset`, where it is that.
    private static func affine(
        _ function: ArithmeticFunction, _ values: [Float], isConstantFirst: Bool
    ) -> (scale: [Float], offset: [Float])? {
        let ones = [Float](repeating: 1, count: values.count), zeros = [Float](repeating: 0, count: values.count)
        switch (function, isConstantFirst) {
        case (.add, _): return (ones, values)
        case (.multiply, _): return (values, zeros)
        case (.subtract, false): return (ones, values.map { -$0 })
        case (.subtract, true): return (ones.map { -$0 }, values)
        // Infinite factors would make of 0 what is no number.
        case (.divide, false): return values.contains(0) ? nil : (values.map { 1 / $0 }, zeros)
        default: return nil
        }
    }
}
