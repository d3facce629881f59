import NeedletailCheckpoints
import NeedletailPlatform

/// Operators that make one number of several along axes.
extension Interpreter {
    /// Which axes a reduction sums over, nil for none at all, and whether they stay with size 1.
    static func reducedAxes(_ evaluation: Evaluation, rank: Int) throws -> [Int] {
        if let axes = try evaluation.integers(1, orAttribute: "axes"), !axes.isEmpty {
            return try evaluation.axes(axes, rank: rank)
        }
        return try evaluation.node.flag("noop_with_empty_axes") ? [] : Array(0..<rank)
    }

    private static func reduce(_ function: @escaping @Sendable (ArraySlice<Double>) -> Double) -> Operation {
        { evaluation in
            let tensor = try evaluation.tensor(), axes = try reducedAxes(evaluation, rank: tensor.rank)
            let kept = tensor.shape.indices.filter { !axes.contains($0) }
            let length = axes.reduce(1) { $0 * tensor.shape[$1] }
            let numbers = tensor.transposed(kept + axes)
            let values: [Double]
            switch numbers.numbers {
            case .floats(let floats): values = floats.map(Double.init)
            case .integers(let integers): values = integers.map(Double.init)
            }
            let count = kept.reduce(1) { $0 * tensor.shape[$1] }
            let results = (0..<count).map { function(values[$0 * length..<($0 + 1) * length]) }
            let shape =
                try evaluation.node.flag("keepdims", or: true)
                ? tensor.shape.indices.map { axes.contains($0) ? 1 : tensor.shape[$0] } : kept.map { tensor.shape[$0] }
            if case .integers = tensor.numbers {
                return [
                    ONNXTensor(
                        results.map { Int64(exactly: $0.rounded(.towardZero)) ?? 0 }, shape: shape, kind: tensor.kind)
                ]
            }
            return [ONNXTensor(results.map(Float.init), shape: shape, kind: tensor.kind)]
        }
    }

    private static func sum(_ values: ArraySlice<Double>) -> Double { values.reduce(0, +) }

    private static func extreme(_ evaluation: Evaluation, isGreatest: Bool) throws -> [ONNXTensor] {
        let tensor = try evaluation.tensor()
        let axis = try evaluation.axis(try evaluation.node.integer("axis", or: 0), rank: tensor.rank)
        let takesLast = try evaluation.node.flag("select_last_index")
        let order = tensor.shape.indices.filter { $0 != axis } + [axis]
        let values = tensor.transposed(order).floats, length = tensor.shape[axis]
        guard length > 0 else { throw NodeProblem("there is nothing to choose from") }
        let places = (0..<values.count / length).map { row -> Int64 in
            var best = 0
            for column in 1..<max(length, 1) {
                let candidate = values[row * length + column], leader = values[row * length + best]
                let isBetter = isGreatest ? candidate > leader : candidate < leader
                if isBetter || (takesLast && candidate == leader) { best = column }
            }
            return Int64(best)
        }
        var shape = tensor.shape
        if try evaluation.node.flag("keepdims", or: true) { shape[axis] = 1 } else { shape.remove(at: axis) }
        return [ONNXTensor(places, shape: shape)]
    }

    /// A function of all numbers along an axis at once; before version 13 along that axis and all behind it.
    private static func alongAxis(_ function: @escaping @Sendable (ArraySlice<Float>) -> [Float]) -> Operation {
        { evaluation in
            let tensor = try evaluation.tensor(), isOld = evaluation.version < 13
            let axis = try evaluation.axis(try evaluation.node.integer("axis", or: isOld ? 1 : -1), rank: tensor.rank)
            let order = isOld ? Array(0..<tensor.rank) : tensor.shape.indices.filter { $0 != axis } + [axis]
            let numbers = tensor.transposed(order)
            guard case .floats(let values) = numbers.numbers else {
                throw NodeProblem("it takes floating-point numbers")
            }
            let length = isOld ? tensor.shape[axis...].reduce(1, *) : tensor.shape[axis]
            guard length > 0 else { return [tensor] }
            let results = (0..<values.count / length).flatMap { function(values[$0 * length..<($0 + 1) * length]) }
            var inverse = order
            for (place, axis) in order.enumerated() { inverse[axis] = place }
            return [ONNXTensor(results, shape: numbers.shape, kind: tensor.kind).transposed(inverse)]
        }
    }

    private static func exponentials(_ values: ArraySlice<Float>) -> (greatest: Float, powers: [Float], sum: Float) {
        let greatest = values.max() ?? 0
        let powers = values.map { exp($0 - greatest) }
        return (greatest, powers, powers.reduce(0, +))
    }

    static let reductions: [String: Operation] = [
        "ReduceSum": reduce(sum),
        "ReduceMean": reduce { sum($0) / Double($0.count) },
        "ReduceMax": reduce { $0.max() ?? -.infinity },
        "ReduceMin": reduce { $0.min() ?? .infinity },
        "ReduceProd": reduce { $0.reduce(1, *) },
        "ReduceL1": reduce { $0.reduce(0) { $0 + abs($1) } },
        "ReduceL2": reduce { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() },
        "ReduceSumSquare": reduce { $0.reduce(0) { $0 + $1 * $1 } },
        "ReduceLogSum": reduce { log(sum($0)) },
        "ReduceLogSumExp": reduce { values in
            let greatest = values.max() ?? 0
            guard greatest.isFinite else { return greatest }
            return greatest + log(values.reduce(0) { $0 + exp($1 - greatest) })
        },
        "ArgMax": { try extreme($0, isGreatest: true) },
        "ArgMin": { try extreme($0, isGreatest: false) },
        "Softmax": alongAxis { values in
            let (_, powers, sum) = exponentials(values)
            return powers.map { $0 / sum }
        },
        "LogSoftmax": alongAxis { values in
            let (greatest, _, sum) = exponentials(values)
            let offset = greatest + log(sum)
            return values.map { $0 - offset }
        },
        "Hardmax": alongAxis { values in
            let best = values.indices.max { values[$0] < values[$1] || (values[$0] == values[$1] && $0 > $1) }
            return values.indices.map { $0 == best ? 1 : 0 }
        },
        "CumSum": { evaluation in
            let tensor = try evaluation.tensor()
            let axis = try evaluation.axis(try evaluation.scalar(1), rank: tensor.rank)
            let isExclusive = try evaluation.node.flag("exclusive"), isReversed = try evaluation.node.flag("reverse")
            let order = tensor.shape.indices.filter { $0 != axis } + [axis], length = tensor.shape[axis]
            func sums<Number: AdditiveArithmetic>(_ values: [Number], _ add: (Number, Number) -> Number) -> [Number] {
                guard length > 0 else { return values }
                var values = values
                for row in 0..<values.count / length {
                    var total = Number.zero
                    for step in 0..<length {
                        let place = row * length + (isReversed ? length - 1 - step : step), value = values[place]
                        values[place] = isExclusive ? total : add(total, value)
                        total = add(total, value)
                    }
                }
                return values
            }
            let numbers = tensor.transposed(order)
            var inverse = order
            for (place, axis) in order.enumerated() { inverse[axis] = place }
            switch numbers.numbers {
            case .floats(let values):
                return [ONNXTensor(sums(values, +), shape: numbers.shape, kind: tensor.kind).transposed(inverse)]
            case .integers(let values):
                return [ONNXTensor(sums(values, &+), shape: numbers.shape, kind: tensor.kind).transposed(inverse)]
            }
        },
    ]
}
