import NeedletailCheckpoints
import NeedletailPlatform

/// Convolutions and pooling over any number of axes, by their definitions.
extension Interpreter {
    /// Batch, channels and the axes that a window moves over.
    static func map(_ tensor: ONNXTensor) throws -> (batch: Int, channels: Int, sizes: [Int]) {
        guard tensor.rank >= 3 else { throw NodeProblem("a map has batch, channels and axes, unlike \(tensor.shape)") }
        return (tensor.shape[0], tensor.shape[1], Array(tensor.shape[2...]))
    }

    private static func convolution(_ evaluation: Evaluation) throws -> ONNXTensor {
        let input = try evaluation.tensor(0), weight = try evaluation.tensor(1)
        let (batch, channels, sizes) = try map(input), groups = try evaluation.node.integer("group", or: 1)
        guard weight.rank == input.rank, groups > 0, weight.shape[1] * groups == channels,
            weight.shape[0].isMultiple(of: groups)
        else {
            throw NodeProblem("weights of \(weight.shape) in \(groups) groups do not fit an input of \(input.shape)")
        }
        let window = try WindowGeometry(evaluation.node, kernel: Array(weight.shape[2...]), sizes: sizes)
        let outputSizes = try window.outputSizes(sizes), outputs = weight.shape[0]
        let shape = [batch, outputs] + outputSizes
        try Evaluation.checkedCount(shape)
        let values = input.floats, weights = weight.floats, bias = evaluation.optional(2)?.floats
        if let bias, bias.count != outputs { throw NodeProblem("\(bias.count) biases do not fit \(outputs) channels") }
        let area = sizes.reduce(1, *), outputArea = outputSizes.reduce(1, *), taps = window.kernel.reduce(1, *)
        var result = [Float](repeating: 0, count: shape.reduce(1, *))
        for place in 0..<outputArea {
            var sources: [(tap: Int, place: Int)] = []
            window.forEachTap(at: WindowGeometry.indices(of: place, in: outputSizes), sizes: sizes) { tap, source in
                if let source { sources.append((tap, source)) }
            }
            for image in 0..<batch {
                for output in 0..<outputs {
                    let first = output / (outputs / groups) * weight.shape[1]
                    var sum = Double(bias?[output] ?? 0)
                    for channel in 0..<weight.shape[1] {
                        let map = (image * channels + first + channel) * area
                        let row = (output * weight.shape[1] + channel) * taps
                        for source in sources {
                            sum += Double(values[map + source.place]) * Double(weights[row + source.tap])
                        }
                    }
                    result[(image * outputs + output) * outputArea + place] = Float(sum)
                }
            }
        }
        return ONNXTensor(result, shape: shape, kind: input.kind)
    }

    /// What a transposed convolution cuts off its result in front and behind, and the sizes that are left.
    static func transposedEdges(_ node: ONNXNode, kernel: [Int], sizes: [Int]) throws -> (
        window: WindowGeometry, added: [Int], sizes: [Int]
    ) {
        var plain = node
        let mode = try node.text("auto_pad", or: "NOTSET")
        plain.attributes["auto_pad"] = nil
        var window = try WindowGeometry(plain, kernel: kernel, sizes: sizes)
        let added = try node.integers("output_padding") ?? [Int](repeating: 0, count: kernel.count)
        guard added.count == kernel.count, added.allSatisfy({ (0...1 << 20).contains($0) }) else {
            throw NodeProblem("its output padding of \(added) is no good for a window of \(kernel)")
        }
        let full = kernel.indices.map { (sizes[$0] - 1) * window.strides[$0] + window.span($0) + added[$0] }
        var wanted = try node.integers("output_shape").map { Array($0.suffix(kernel.count)) }
        if mode.hasPrefix("SAME"), wanted == nil { wanted = kernel.indices.map { sizes[$0] * window.strides[$0] } }
        if let wanted {
            guard wanted.count == kernel.count else {
                throw NodeProblem("its output shape has not as many axes as its window")
            }
            for axis in kernel.indices {
                let total = full[axis] - wanted[axis]
                // What is missing is added at the end.
                window.before[axis] = total < 0 ? 0 : mode == "SAME_UPPER" ? total / 2 : total - total / 2
                window.after[axis] = total - window.before[axis]
            }
        }
        let left = kernel.indices.map { full[$0] - window.before[$0] - window.after[$0] }
        guard left.allSatisfy({ $0 > 0 }) else { throw NodeProblem("of a map of \(sizes) nothing is left") }
        return (window, added, left)
    }

    private static func transposedConvolution(_ evaluation: Evaluation) throws -> ONNXTensor {
        let input = try evaluation.tensor(0), weight = try evaluation.tensor(1)
        let (batch, channels, sizes) = try map(input), groups = try evaluation.node.integer("group", or: 1)
        guard weight.rank == input.rank, groups > 0, weight.shape[0] == channels, channels.isMultiple(of: groups) else {
            throw NodeProblem("weights of \(weight.shape) in \(groups) groups do not fit an input of \(input.shape)")
        }
        let (window, _, outputSizes) = try transposedEdges(
            evaluation.node, kernel: Array(weight.shape[2...]), sizes: sizes)
        let outputs = weight.shape[1] * groups, shape = [batch, outputs] + outputSizes
        try Evaluation.checkedCount(shape)
        let values = input.floats, weights = weight.floats, bias = evaluation.optional(2)?.floats
        if let bias, bias.count != outputs { throw NodeProblem("\(bias.count) biases do not fit \(outputs) channels") }
        let area = sizes.reduce(1, *), outputArea = outputSizes.reduce(1, *), taps = window.kernel.reduce(1, *)
        var result = (0..<shape.reduce(1, *)).map { bias?[$0 / max(outputArea, 1) % outputs] ?? 0 }
        for place in 0..<area {
            var targets: [(tap: Int, place: Int)] = []
            window.forEachTap(at: WindowGeometry.indices(of: place, in: sizes), sizes: outputSizes) { tap, target in
                if let target { targets.append((tap, target)) }
            }
            for image in 0..<batch {
                for channel in 0..<channels {
                    let value = values[(image * channels + channel) * area + place]
                    let group = channel / (channels / groups)
                    for output in 0..<weight.shape[1] {
                        let map = (image * outputs + group * weight.shape[1] + output) * outputArea
                        let row = (channel * weight.shape[1] + output) * taps
                        for target in targets { result[map + target.place] += value * weights[row + target.tap] }
                    }
                }
            }
        }
        return ONNXTensor(result, shape: shape, kind: input.kind)
    }

    /// A number for each place of a window over each map.
    private static func pooled(
        _ evaluation: Evaluation, _ function: ([(tap: Int, place: Int, value: Float)], Int) -> Float
    ) throws -> ONNXTensor {
        let input = try evaluation.tensor()
        let (batch, channels, sizes) = try map(input)
        let window = try WindowGeometry(evaluation.node, kernel: nil, sizes: sizes)
        let outputSizes = try window.outputSizes(sizes), shape = [batch, channels] + outputSizes
        try Evaluation.checkedCount(shape)
        let values = input.floats, area = sizes.reduce(1, *), outputArea = outputSizes.reduce(1, *)
        var result = [Float](repeating: 0, count: shape.reduce(1, *))
        for place in 0..<outputArea {
            var sources: [(tap: Int, place: Int)] = []
            let output = WindowGeometry.indices(of: place, in: outputSizes)
            window.forEachTap(at: output, sizes: sizes) { tap, source in
                if let source { sources.append((tap, source)) }
            }
            // What lies on the padding that was asked for, not behind it.
            let reach = sizes.indices.reduce(1) { product, axis in
                let start = output[axis] * window.strides[axis]
                let end = sizes[axis] + window.before[axis] + window.after[axis]
                let fitting = (0..<window.kernel[axis]).filter { start + $0 * window.dilations[axis] < end }.count
                return product * fitting
            }
            for map in 0..<batch * channels {
                result[map * outputArea + place] = function(
                    sources.map { ($0.tap, map * area + $0.place, values[map * area + $0.place]) }, reach)
            }
        }
        return ONNXTensor(result, shape: shape, kind: input.kind)
    }

    private static func pooledWhole(_ function: @escaping @Sendable (ArraySlice<Float>) -> Float) -> Operation {
        { evaluation in
            let input = try evaluation.tensor()
            let (batch, channels, sizes) = try map(input), area = sizes.reduce(1, *), values = input.floats
            return [
                ONNXTensor(
                    (0..<batch * channels).map { function(values[$0 * area..<($0 + 1) * area]) },
                    shape: [batch, channels] + sizes.map { _ in 1 }, kind: input.kind)
            ]
        }
    }

    static let windows: [String: Operation] = [
        "Conv": { [try convolution($0)] },
        "ConvTranspose": { [try transposedConvolution($0)] },
        "AveragePool": { evaluation in
            let countsPadding = try evaluation.node.flag("count_include_pad")
            return [
                try pooled(evaluation) { sources, reach in
                    Float(
                        sources.reduce(0.0) { $0 + Double($1.value) }
                            / Double(countsPadding ? reach : max(sources.count, 1)))
                }
            ]
        },
        "MaxPool": { evaluation in
            guard try evaluation.node.flag("storage_order") == false else {
                throw NodeProblem("indices in columns are not computed", kind: .unsupported)
            }
            let isInteger = if case .integers = try evaluation.tensor().numbers { true } else { false }
            let greatest = try pooled(evaluation) { sources, _ in sources.map(\.value).max() ?? -.infinity }
            let result = isInteger ? greatest.cast(to: try evaluation.tensor().kind) : greatest
            guard evaluation.node.outputs.count > 1 else { return [result] }
            let places = try pooled(evaluation) { sources, _ in
                let best = sources.max { $0.value == $1.value ? $0.place > $1.place : $0.value < $1.value }
                return Float(bitPattern: UInt32(best?.place ?? 0))
            }
            return [result, ONNXTensor(places.floats.map { Int64($0.bitPattern) }, shape: places.shape)]
        },
        "LpPool": { evaluation in
            let power = Float(try evaluation.node.integer("p", or: 2))
            return [
                try pooled(evaluation) { sources, _ in
                    pow(sources.reduce(0) { $0 + pow(abs($1.value), power) }, 1 / power)
                }
            ]
        },
        "GlobalAveragePool": pooledWhole { Float($0.reduce(0.0) { $0 + Double($1) } / Double($0.count)) },
        "GlobalMaxPool": pooledWhole { $0.max() ?? -.infinity },
        "GlobalLpPool": { evaluation in
            let power = Float(try evaluation.node.integer("p", or: 2))
            return try pooledWhole { pow($0.reduce(0) { $0 + pow(abs($1), power) }, 1 / power) }(evaluation)
        },
        "GridSample": { [try gridSample($0)] },
        "RoiAlign": { [try alignedRegions($0)] },
    ]
}
