import NeedletailCheckpoints
import NeedletailPlatform

extension Interpreter {
    /// Numbers less their mean, over their deviation, each row of `length`.
    private static func standardized(_ values: [Float], length: Int, epsilon: Float) -> [Float] {
        guard length > 0 else { return values }
        var result = values
        for row in 0..<values.count / length {
            let range = row * length..<(row + 1) * length
            let mean = range.reduce(0.0) { $0 + Double(values[$1]) } / Double(length)
            let variance =
                range.reduce(0.0) { $0 + (Double(values[$1]) - mean) * (Double(values[$1]) - mean) } / Double(length)
            let factor = 1 / (variance + Double(epsilon)).squareRoot()
            for place in range { result[place] = Float((Double(values[place]) - mean) * factor) }
        }
        return result
    }

    /// `factor · x + offset`, channel by channel.
    private static func scaled(
        _ values: [Float], shape: [Int], _ factors: [Float], _ offsets: [Float]
    ) throws -> [Float] {
        let channels = shape.count > 1 ? shape[1] : 1, area = shape.dropFirst(2).reduce(1, *)
        guard factors.count == channels, offsets.count == channels else {
            throw NodeProblem("\(factors.count) factors and \(offsets.count) offsets do not fit \(channels) channels")
        }
        return values.indices.map { place in
            let channel = place / max(area, 1) % channels
            return values[place] * factors[channel] + offsets[channel]
        }
    }

    /// Mean and variance of each channel, the second axis.
    private static func statistics(
        _ input: ONNXTensor, channels: Int
    ) throws -> (mean: [Float], variance: [Float]) {
        guard input.rank >= 2, input.shape[1] == channels else {
            throw NodeProblem("\(channels) factors do not fit \(input.shape)")
        }
        let values = input.floats, area = max(input.shape[2...].reduce(1, *), 1)
        var sums = [Double](repeating: 0, count: channels), squares = sums
        let count = Double(max(values.count / max(channels, 1), 1))
        for (place, value) in values.enumerated() { sums[place / area % channels] += Double(value) }
        let means = sums.map { $0 / count }
        for (place, value) in values.enumerated() {
            let channel = place / area % channels, distance = Double(value) - means[channel]
            squares[channel] += distance * distance
        }
        return (means.map { Float($0) }, squares.map { Float($0 / count) })
    }

    static let normalizations: [String: Operation] = [
        "BatchNormalization": { evaluation in
            let input = try evaluation.tensor(), epsilon = try evaluation.node.float("epsilon", or: 1e-5)
            let (scale, bias) = (try evaluation.floats(1), try evaluation.floats(2))
            var (mean, variance) = (try evaluation.floats(3), try evaluation.floats(4))
            guard bias.count == scale.count, mean.count == scale.count, variance.count == scale.count else {
                throw NodeProblem("its factors, offsets, means and variances are not as many")
            }
            var running: [ONNXTensor] = []
            if try evaluation.node.flag("training_mode") {
                // With the numbers of the batch itself, as weights are standardised.
                let momentum = try evaluation.node.float("momentum", or: 0.9), kept = (mean, variance)
                (mean, variance) = try statistics(input, channels: scale.count)
                running = [(kept.0, mean), (kept.1, variance)].map { old, new in
                    ONNXTensor(zip(old, new).map { $0 * momentum + $1 * (1 - momentum) }, shape: [new.count])
                }
            }
            let factors = scale.indices.map { scale[$0] / (variance[$0] + epsilon).squareRoot() }
            let offsets = scale.indices.map { bias[$0] - mean[$0] * factors[$0] }
            return [
                ONNXTensor(
                    try scaled(input.floats, shape: input.shape, factors, offsets), shape: input.shape, kind: input.kind
                )
            ] + running
        },
        "InstanceNormalization": { evaluation in
            let input = try evaluation.tensor(), epsilon = try evaluation.node.float("epsilon", or: 1e-5)
            let rows = standardized(
                input.floats, length: input.shape.dropFirst(2).reduce(1, *), epsilon: epsilon)
            return [
                ONNXTensor(
                    try scaled(rows, shape: input.shape, try evaluation.floats(1), try evaluation.floats(2)),
                    shape: input.shape, kind: input.kind)
            ]
        },
        "GroupNormalization": { evaluation in
            let input = try evaluation.tensor(), epsilon = try evaluation.node.float("epsilon", or: 1e-5)
            let groups = try evaluation.node.integer("num_groups", or: 1)
            guard input.rank >= 2, groups > 0, input.shape[1].isMultiple(of: groups) else {
                throw NodeProblem("\(input.shape) does not fall into \(groups) groups of channels")
            }
            let rows = standardized(
                input.floats, length: input.shape.dropFirst().reduce(1, *) / groups, epsilon: epsilon)
            func spread(_ values: [Float]) -> [Float] {
                // Version 18 has a factor for each group, version 21 for each channel.
                let size = input.shape[1] / groups
                return values.count == groups && evaluation.version < 21
                    ? values.flatMap { [Float](repeating: $0, count: size) } : values
            }
            return [
                ONNXTensor(
                    try scaled(
                        rows, shape: input.shape, spread(try evaluation.floats(1)), spread(try evaluation.floats(2))),
                    shape: input.shape, kind: input.kind)
            ]
        },
        "LayerNormalization": { evaluation in
            let input = try evaluation.tensor(), epsilon = try evaluation.node.float("epsilon", or: 1e-5)
            let axis = try evaluation.axis(try evaluation.node.integer("axis", or: -1), rank: input.rank)
            let rows = standardized(input.floats, length: input.shape[axis...].reduce(1, *), epsilon: epsilon)
            var result = try combined(rows, input.shape, try evaluation.floats(1), try evaluation.tensor(1).shape, *)
            if let bias = evaluation.optional(2) {
                result = try combined(result.values, result.shape, bias.floats, bias.shape, +)
            }
            guard result.shape == input.shape else { throw NodeProblem("its factors do not fit \(input.shape)") }
            return [ONNXTensor(result.values, shape: result.shape, kind: input.kind)]
        },
        "RMSNormalization": { evaluation in
            let input = try evaluation.tensor(), epsilon = try evaluation.node.float("epsilon", or: 1e-5)
            let axis = try evaluation.axis(try evaluation.node.integer("axis", or: -1), rank: input.rank)
            let length = input.shape[axis...].reduce(1, *), values = input.floats
            guard length > 0 else { return [input] }
            let rows = (0..<values.count / length).flatMap { row -> [Float] in
                let part = values[row * length..<(row + 1) * length]
                let factor = 1 / (part.reduce(0) { $0 + $1 * $1 } / Float(length) + epsilon).squareRoot()
                return part.map { $0 * factor }
            }
            let result = try combined(rows, input.shape, try evaluation.floats(1), try evaluation.tensor(1).shape, *)
            return [ONNXTensor(result.values, shape: result.shape, kind: input.kind)]
        },
        "MeanVarianceNormalization": { evaluation in
            let input = try evaluation.tensor()
            let axes = try evaluation.axes(try evaluation.node.integers("axes") ?? [0, 2, 3], rank: input.rank)
            let order = input.shape.indices.filter { !axes.contains($0) } + axes
            let length = axes.reduce(1) { $0 * input.shape[$1] }
            let moved = input.transposed(order)
            var inverse = order
            for (place, axis) in order.enumerated() { inverse[axis] = place }
            return [
                ONNXTensor(
                    standardized(moved.floats, length: length, epsilon: 1e-9), shape: moved.shape, kind: input.kind
                ).transposed(inverse)
            ]
        },
        "LpNormalization": { evaluation in
            let input = try evaluation.tensor(), power = try evaluation.node.integer("p", or: 2)
            let axis = try evaluation.axis(try evaluation.node.integer("axis", or: -1), rank: input.rank)
            let order = input.shape.indices.filter { $0 != axis } + [axis], length = input.shape[axis]
            let moved = input.transposed(order), values = moved.floats
            guard length > 0 else { return [input] }
            let rows = (0..<values.count / length).flatMap { row -> [Float] in
                let part = values[row * length..<(row + 1) * length]
                let norm = power == 1 ? part.reduce(0) { $0 + abs($1) } : part.reduce(0) { $0 + $1 * $1 }.squareRoot()
                return part.map { norm == 0 ? 0 : $0 / norm }
            }
            var inverse = order
            for (place, axis) in order.enumerated() { inverse[axis] = place }
            return [ONNXTensor(rows, shape: moved.shape, kind: input.kind).transposed(inverse)]
        },
        "LRN": { evaluation in
            let input = try evaluation.tensor(), size = try evaluation.node.integer("size", or: 1)
            let alpha = try evaluation.node.float("alpha", or: 1e-4), beta = try evaluation.node.float("beta", or: 0.75)
            let bias = try evaluation.node.float("bias", or: 1)
            guard input.rank >= 2, size > 0 else {
                throw NodeProblem("\(size) channels of \(input.shape) cannot be summed")
            }
            let channels = input.shape[1], area = input.shape[2...].reduce(1, *), values = input.floats
            return [
                ONNXTensor(
                    values.indices.map { place in
                        let channel = place / max(area, 1) % channels
                        let range = max(channel - (size - 1) / 2, 0)...min(channel + size / 2, channels - 1)
                        let sum = range.reduce(Float(0)) { sum, other in
                            let value = values[place + (other - channel) * area]
                            return sum + value * value
                        }
                        return values[place] / pow(bias + alpha / Float(size) * sum, beta)
                    }, shape: input.shape, kind: input.kind)
            ]
        },
    ]
}
