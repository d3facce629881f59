import NeedletailCheckpoints
import NeedletailKernels

/// Numbers of eight bits that stand for others: `(number - zero) · scale`.
extension Interpreter {
    /// Scale and zero stretched to a tensor: of all, of an axis, or of blocks along it.
    private static func stretched(_ parameter: ONNXTensor, over shape: [Int], axis: Int, block: Int) throws
        -> ONNXTensor
    {
        if parameter.count == 1 {
            return parameter.picked([Int](repeating: 0, count: shape.reduce(1, *)), shape: shape)
        }
        if parameter.rank == shape.count, block > 0 {
            let strides = StridedView(of: parameter.shape).strides
            let outer = StridedView(of: shape).strides
            let places = try (0..<shape.reduce(1, *)).map { place in
                try shape.indices.reduce(0) { sum, other in
                    let index = place / outer[other] % shape[other] / (other == axis ? block : 1)
                    guard index < parameter.shape[other] else { throw NodeProblem("its scales do not fit its blocks") }
                    return sum + index * strides[other]
                }
            }
            return parameter.picked(places, shape: shape)
        }
        guard parameter.rank == 1, parameter.count == shape[axis] else {
            throw NodeProblem("scales of \(parameter.shape) do not fit axis \(axis) of \(shape)")
        }
        let inner = shape[(axis + 1)...].reduce(1, *)
        return parameter.picked((0..<shape.reduce(1, *)).map { $0 / max(inner, 1) % shape[axis] }, shape: shape)
    }

    private static func parameters(_ evaluation: Evaluation) throws -> (
        scale: [Float], zero: [Float], kind: StoredTensor.ScalarType?
    ) {
        let shape = try evaluation.tensor().shape, scale = try evaluation.tensor(1)
        let axis =
            shape.isEmpty || scale.count == 1
            ? 0 : try evaluation.axis(try evaluation.node.integer("axis", or: 1), rank: shape.count)
        let block = try evaluation.node.integer("block_size", or: 0)
        let zero = evaluation.optional(2)
        return (
            try stretched(scale, over: shape, axis: axis, block: block).floats,
            try zero.map { try stretched($0, over: shape, axis: axis, block: block).floats }
                ?? [Float](repeating: 0, count: shape.reduce(1, *)), zero?.kind
        )
    }

    private static func range(of kind: StoredTensor.ScalarType) -> ClosedRange<Float> {
        switch kind {
        case .int8: -128...127
        case .uint16: 0...65_535
        case .int16: -32_768...32_767
        default: 0...255
        }
    }

    static let quantization: [String: Operation] = [
        "DequantizeLinear": { evaluation in
            let tensor = try evaluation.tensor(), (scale, zero, _) = try parameters(evaluation)
            let values = tensor.floats
            return [
                ONNXTensor(
                    values.indices.map { (values[$0] - zero[$0]) * scale[$0] }, shape: tensor.shape,
                    kind: try evaluation.tensor(1).kind)
            ]
        },
        "QuantizeLinear": { evaluation in
            let tensor = try evaluation.tensor(), (scale, zero, stated) = try parameters(evaluation)
            let code = try evaluation.node.integer("output_dtype", or: 0)
            let kind = stated ?? StoredTensor.ScalarType(onnxCode: code) ?? .uint8
            guard !kind.isFloatingPoint else {
                throw NodeProblem("numbers of \(kind) are not computed", kind: .unsupported)
            }
            let values = tensor.floats, range = range(of: kind)
            return [
                ONNXTensor(
                    values.indices.map { place in
                        let value = (values[place] / scale[place]).rounded(.toNearestOrEven) + zero[place]
                        return ONNXTensor.truncated(min(max(value, range.lowerBound), range.upperBound))
                    }, shape: tensor.shape, kind: kind)
            ]
        },
        "DynamicQuantizeLinear": { evaluation in
            let tensor = try evaluation.tensor(), values = try evaluation.floats(0)
            let low = min(values.min() ?? 0, 0), high = max(values.max() ?? 0, 0)
            let scale = high > low ? (high - low) / 255 : 1
            let zero = min(max((-low / scale).rounded(.toNearestOrEven), 0), 255)
            return [
                ONNXTensor(
                    values.map {
                        ONNXTensor.truncated(min(max(($0 / scale).rounded(.toNearestOrEven) + zero, 0), 255))
                    },
                    shape: tensor.shape, kind: .uint8),
                ONNXTensor([scale], shape: []), ONNXTensor([ONNXTensor.truncated(zero)], shape: [], kind: .uint8),
            ]
        },
        "ConvInteger": { evaluation in
            let product = try call(
                "Conv", [try shifted(evaluation, 0, by: 2), try shifted(evaluation, 1, by: 3, axis: 0)],
                like: evaluation,
                evaluation.node.attributes)
            return [product.cast(to: .int32)]
        },
        "MatMulInteger": { evaluation in
            let product = try call(
                "MatMul",
                [
                    try shifted(evaluation, 0, by: 2, axis: -2),
                    try shifted(evaluation, 1, by: 3, axis: -1),
                ], like: evaluation)
            return [product.cast(to: .int32)]
        },
        "QLinearConv": { evaluation in
            let input = try call(
                "DequantizeLinear", [try evaluation.tensor(0), try evaluation.tensor(1), evaluation.optional(2)],
                like: evaluation)
            let scale = try evaluation.tensor(4)
            let weight = try call(
                "DequantizeLinear", [try evaluation.tensor(3), scale, evaluation.optional(5)], like: evaluation,
                ["axis": .integer(0)])
            let bias = try evaluation.optional(8).map { bias in
                let factor = try evaluation.tensor(1).floats[0], scales = scale.floats
                return ONNXTensor(
                    bias.floats.enumerated().map { $1 * factor * scales[scales.count == 1 ? 0 : $0] }, shape: bias.shape
                )
            }
            let result = try call("Conv", [input, weight, bias], like: evaluation, evaluation.node.attributes)
            return [
                try call(
                    "QuantizeLinear", [result, try evaluation.tensor(6), evaluation.optional(7)], like: evaluation)
            ]
        },
        "QLinearMatMul": { evaluation in
            let left = try call(
                "DequantizeLinear", [try evaluation.tensor(0), try evaluation.tensor(1), evaluation.optional(2)],
                like: evaluation, ["axis": .integer(-2)])
            let right = try call(
                "DequantizeLinear", [try evaluation.tensor(3), try evaluation.tensor(4), evaluation.optional(5)],
                like: evaluation, ["axis": .integer(-1)])
            let product = try call("MatMul", [left, right], like: evaluation)
            return [
                try call(
                    "QuantizeLinear", [product, try evaluation.tensor(6), evaluation.optional(7)], like: evaluation,
                    ["axis": .integer(-2)])
            ]
        },
    ]

    /// Integers less their zero, which another input is, as floats.
    private static func shifted(_ evaluation: Evaluation, _ slot: Int, by other: Int, axis: Int = 0) throws
        -> ONNXTensor
    {
        let tensor = try evaluation.tensor(slot), values = ONNXTensor(tensor.floats, shape: tensor.shape)
        guard let zero = evaluation.optional(other) else { return values }
        let wide = try stretched(
            zero, over: tensor.shape, axis: try evaluation.axis(axis, rank: max(tensor.rank, 1)), block: 0)
        return ONNXTensor(zip(values.floats, wide.floats).map { $0 - $1 }, shape: tensor.shape)
    }
}
