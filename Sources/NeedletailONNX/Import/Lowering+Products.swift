import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels

/// Products of matrices, and sums along axes.
extension Lowering {
    /// A factor of a product, be it known before or not.
    private static func side(
        _ slot: Int, _ request: LoweringRequest, _ builder: inout StageBuilder
    ) throws -> PlannedValue? {
        if let value = request.planned(slot) { return value }
        guard let constant = request.constant(slot), constant.kind.isFloatingPoint, !constant.shape.contains(0) else {
            return nil
        }
        return try builder.value(of: constant, name: request.node.inputs[slot])
    }

    private static let product: Rule = { request, builder in
        if let left = request.planned(0), let weight = request.constant(1), weight.kind.isFloatingPoint, left.rank >= 2,
            weight.shape.count == 2,
            left.shape[left.rank - 1] == weight.shape[0], !weight.shape.contains(0)
        {
            // Each row is a pixel, and the matrix a convolution of one pixel.
            let rows = left.shape.dropLast().reduce(1, *), inner = weight.shape[0], columns = weight.shape[1]
            let lying = builder.plain(left)
            let map = builder.append(
                Reshape(to: [1, 1, rows, inner]), [lying], shape: [1, inner, 1, rows],
                order: PlannedValue.channelsLast(4),
                name: request.name + ".map")
            let parameter = builder.parameter(
                try weight.tensor().transposed([1, 0]).floats, shape: [columns, inner, 1, 1],
                name: request.node.inputs[1])
            let result = builder.append(
                Convolution(weight: parameter, bias: nil), [map], shape: [1, columns, 1, rows],
                order: PlannedValue.channelsLast(4), name: request.name + ".product")
            builder.productPorts.insert(result.port)
            let shape = left.shape.dropLast() + [columns]
            return [builder.append(Reshape(to: Array(shape)), [result], shape: Array(shape), name: request.name)]
        }
        guard var one = try side(0, request, &builder), var other = try side(1, request, &builder), one.rank >= 2,
            other.rank >= 2
        else { return nil }
        let (batch, rows, _, columns) = try Interpreter.productShape(one.shape, other.shape)
        func full(_ value: PlannedValue) -> PlannedValue {
            let added = batch.count + 2 - value.rank
            return builder.plain(
                builder.reshape(
                    value, to: [Int](repeating: 1, count: added) + value.shape, name: request.name + ".axes"))
        }
        (one, other) = (full(one), full(other))
        return [builder.append(MatrixProduct(), [one, other], shape: batch + [rows, columns], name: request.name)]
    }

    /// Products over one group of letters, for each of another: `bij,bjk->bik` in any order.
    private static let einsum: Rule = { request, builder in
        let equation = try request.node.text("equation", or: "").filter { $0 != " " }
        guard request.operands.count == 2, let left = try side(0, request, &builder),
            let right = try side(1, request, &builder),
            case let sides = equation.split(separator: ">", omittingEmptySubsequences: false), sides.count == 2,
            sides[0].hasSuffix("-"), !equation.contains(".")
        else { return nil }
        let terms = sides[0].dropLast().split(separator: ",").map(Array.init), result = Array(sides[1])
        guard terms.count == 2, terms[0].count == left.rank, terms[1].count == right.rank,
            (terms + [result]).allSatisfy({ Set($0).count == $0.count })
        else { return nil }
        let one = Set(terms[0]), other = Set(terms[1]), wanted = Set(result)
        guard wanted == one.union(other).subtracting(one.intersection(other).subtracting(wanted)) else { return nil }
        let batch = result.filter { one.contains($0) && other.contains($0) }
        let summed = terms[0].filter { other.contains($0) && !wanted.contains($0) }
        let rows = result.filter { !other.contains($0) }, columns = result.filter { !one.contains($0) }
        func size(_ letters: [Character]) -> [Int] {
            letters.map { letter in
                terms[0].firstIndex(of: letter).map { left.shape[$0] } ?? terms[1].firstIndex(of: letter).map {
                    right.shape[$0]
                } ?? 1
            }
        }
        /// A side with its letters in an order, those of a group as one axis.
        func matrix(_ value: PlannedValue, _ term: [Character], _ groups: [[Character]]) -> PlannedValue {
            let letters = groups.flatMap { $0 }
            var moved = value
            let permutation = letters.map { term.firstIndex(of: $0) ?? 0 }
            moved.order = value.order.map { axis in permutation.firstIndex(of: axis) ?? axis }
            moved.shape = permutation.map { value.shape[$0] }
            return builder.plain(
                builder.reshape(moved, to: groups.map { size($0).reduce(1, *) }, name: request.name + ".matrix"))
        }
        let product = builder.append(
            MatrixProduct(),
            [matrix(left, terms[0], [batch, rows, summed]), matrix(right, terms[1], [batch, summed, columns])],
            shape: [batch, rows, columns].map { size($0).reduce(1, *) }, name: request.name + ".product")
        let letters = batch + rows + columns
        var whole = builder.reshape(product, to: size(letters), name: request.name + ".axes")
        let permutation = result.map { letters.firstIndex(of: $0) ?? 0 }
        whole = builder.plain(whole)
        whole.order = (0..<letters.count).map { permutation.firstIndex(of: $0) ?? $0 }
        whole.shape = size(result)
        return [whole]
    }

    private static let linear: Rule = { request, builder in
        guard let value = request.planned(), value.rank == 2, let weight = request.constant(1), weight.shape.count == 2,
            request.isAbsent(2) || request.constant(2) != nil, try !request.node.flag("transA"),
            !weight.shape.contains(0)
        else { return nil }
        let alpha = try request.node.float("alpha", or: 1), beta = try request.node.float("beta", or: 1)
        let isTransposed = try request.node.flag("transB")
        let outputs = weight.shape[isTransposed ? 0 : 1], inner = weight.shape[isTransposed ? 1 : 0]
        guard value.shape[1] == inner else {
            throw NodeProblem("\(value.shape) and \(weight.shape) cannot be multiplied")
        }
        let parameter: Parameter
        if isTransposed, alpha == 1 {
            parameter = try builder.parameter(weight, name: request.node.inputs[1])
        } else {
            let numbers = try isTransposed ? weight.tensor() : weight.tensor().transposed([1, 0])
            parameter = builder.parameter(
                numbers.floats.map { $0 * alpha }, shape: [outputs, inner], name: request.node.inputs[1])
        }
        var bias: Parameter?
        if let constant = request.constant(2) {
            let numbers = try constant.tensor().floats
            guard numbers.count == outputs || numbers.count == 1,
                constant.shape.dropLast().allSatisfy({ $0 == 1 })
            else { return nil }
            bias = builder.parameter(
                (0..<outputs).map { beta * numbers[numbers.count == 1 ? 0 : $0] }, shape: [outputs],
                name: request.node.inputs[2])
        }
        return [
            builder.append(
                Linear(weight: parameter, bias: bias), [builder.plain(value)], shape: [value.shape[0], outputs],
                name: request.name)
        ]
    }

    enum ReducedAxes { case map, stated }

    static func reduce(
        _ function: ReductionFunction, _ request: LoweringRequest, over which: ReducedAxes,
        _ builder: inout StageBuilder
    ) throws -> [PlannedValue]? {
        guard let value = request.planned(), let evaluation = try request.evaluation() else { return nil }
        let axes: [Int], keepsAxes: Bool
        switch which {
        case .map:
            guard value.rank >= 3 else {
                throw NodeProblem("a map has batch, channels and axes, unlike \(value.shape)")
            }
            (axes, keepsAxes) = (Array(2..<value.rank), true)
        case .stated:
            axes = try Interpreter.reducedAxes(evaluation, rank: value.rank)
            keepsAxes = try request.node.flag("keepdims", or: true)
        }
        if axes.isEmpty { return function == .sum || function == .mean ? [value] : nil }
        let kept = value.shape.indices.filter { !axes.contains($0) }
        let shape =
            keepsAxes
            ? value.shape.indices.map { axes.contains($0) ? 1 : value.shape[$0] } : kept.map { value.shape[$0] }
        if function == .mean, value.rank == 4, axes == [2, 3] {
            let lying = builder.channelsLast(value)
            let mean = builder.append(
                GlobalAveragePooling(), [lying], shape: value.shape[..<2] + [1, 1], order: lying.order,
                name: request.name)
            return [keepsAxes ? mean : builder.reshape(mean, to: shape, name: request.name + ".row")]
        }
        let order =
            keepsAxes ? value.order : value.order.filter { !axes.contains($0) }.map { kept.firstIndex(of: $0) ?? 0 }
        return [
            builder.append(
                Reduction(function, axes: Set(axes.map(value.place(ofAxis:))), keepsAxes: keepsAxes), [value],
                shape: shape,
                order: order, name: request.name)
        ]
    }

    private static func reduction(_ function: ReductionFunction) -> Rule {
        { request, builder in try reduce(function, request, over: .stated, &builder) }
    }

    static let products: [String: Rule] = [
        "MatMul": product, "Gemm": linear, "Einsum": einsum, "ReduceMean": reduction(.mean),
        "ReduceSum": reduction(.sum),
        "ReduceMax": reduction(.maximum), "ReduceMin": reduction(.minimum), "ReduceProd": reduction(.product),
        "ReduceL1": reduction(.l1), "ReduceL2": reduction(.l2), "ReduceSumSquare": reduction(.sumOfSquares),
    ]
}
