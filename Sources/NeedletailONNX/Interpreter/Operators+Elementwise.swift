import NeedletailCheckpoints
import NeedletailCheckpoints
import NeedletailPlatform

extension Interpreter {
    private static func each(_ function: @escaping @Sendable (Float) -> Float) -> Operation {
        { evaluation in
            let tensor = try evaluation.tensor()
            return [ONNXTensor(try evaluation.floats(0).map(function), shape: tensor.shape, kind: tensor.kind)]
        }
    }

    /// Of a number that integers have, too.
    private static func each(
        _ function: @escaping @Sendable (Float) -> Float, integer: @escaping @Sendable (Int64) -> Int64
    ) -> Operation {
        { evaluation in
            let tensor = try evaluation.tensor()
            switch tensor.numbers {
            case .floats(let values): return [ONNXTensor(values.map(function), shape: tensor.shape, kind: tensor.kind)]
            case .integers(let values):
                return [ONNXTensor(values.map(integer), shape: tensor.shape, kind: tensor.kind).wrapped]
            }
        }
    }

    private static func each(
        _ attribute: String, _ missing: Float, _ function: @escaping @Sendable (Float, Float) -> Float
    ) -> Operation {
        { evaluation in
            let parameter = try evaluation.node.float(attribute, or: missing)
            return try each { function($0, parameter) }(evaluation)
        }
    }

    private static func each(
        _ first: (String, Float), _ second: (String, Float),
        _ function: @escaping @Sendable (Float, Float, Float) -> Float
    ) -> Operation {
        { evaluation in
            let one = try evaluation.node.float(first.0, or: first.1)
            let two = try evaluation.node.float(second.0, or: second.1)
            return try each { function($0, one, two) }(evaluation)
        }
    }

    private static func truth(_ function: @escaping @Sendable (Float) -> Bool) -> Operation {
        { evaluation in
            let tensor = try evaluation.tensor()
            return [
                ONNXTensor(try evaluation.floats(0).map { function($0) ? Int64(1) : 0 }, shape: tensor.shape, kind: .bool)
            ]
        }
    }

    /// Between which numbers a `Clip` keeps those that it is given.
    static func clipLimits(_ evaluation: Evaluation) throws -> (low: Float, high: Float) {
        func limit(_ slot: Int, _ name: String, or missing: Float) throws -> Float {
            guard let tensor = evaluation.optional(slot) else { return try evaluation.node.float(name, or: missing) }
            guard tensor.count == 1 else { throw NodeProblem("its limits should be single numbers") }
            return tensor.floats[0]
        }
        return (try limit(1, "min", or: -.infinity), try limit(2, "max", or: .infinity))
    }

    static func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }

    /// `log(1 + exp(x))`, also where `exp(x)` has no room.
    static func softplus(_ x: Float) -> Float { max(x, 0) + log1p(exp(-abs(x))) }

    static let elementwise: [String: Operation] = [
        "Abs": each({ abs($0) }, integer: { $0.magnitude > UInt64(Int64.max) ? $0 : abs($0) }),
        "Neg": each({ -$0 }, integer: { 0 &- $0 }),
        "Sign": each({ $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }, integer: { $0.signum() }),
        "Identity": { [try $0.tensor()] },
        "Relu": each({ max($0, 0) }, integer: { max($0, 0) }),
        "Acos": each { acos($0) }, "Acosh": each { acosh($0) }, "Asin": each { asin($0) }, "Asinh": each { asinh($0) },
        "Atan": each { atan($0) }, "Atanh": each { atanh($0) }, "Cos": each { cos($0) }, "Cosh": each { cosh($0) },
        "Sin": each { sin($0) }, "Sinh": each { sinh($0) }, "Tan": each { tan($0) }, "Tanh": each { tanh($0) },
        "Ceil": each { $0.rounded(.up) }, "Floor": each { $0.rounded(.down) },
        "Round": each { $0.rounded(.toNearestOrEven) },
        "Erf": each { erf($0) }, "Exp": each { exp($0) }, "Log": each { log($0) }, "Sqrt": each { $0.squareRoot() },
        "Reciprocal": each { 1 / $0 }, "Sigmoid": each(sigmoid), "Softplus": each(softplus),
        "Softsign": each { $0 / (1 + abs($0)) }, "Mish": each { $0 * tanh(softplus($0)) },
        "HardSwish": each { $0 * min(max($0 / 6 + 0.5, 0), 1) },
        "HardSigmoid": each(("alpha", 0.2), ("beta", 0.5)) { min(max($1 * $0 + $2, 0), 1) },
        "LeakyRelu": each("alpha", 0.01) { $0 < 0 ? $1 * $0 : $0 },
        "ThresholdedRelu": each("alpha", 1) { $0 > $1 ? $0 : 0 },
        "Elu": each("alpha", 1) { $0 < 0 ? $1 * expm1($0) : $0 },
        "Celu": each("alpha", 1) { max($0, 0) + min($1 * expm1($0 / $1), 0) },
        "Selu": each(("alpha", 1.673_263_2), ("gamma", 1.050_701)) { $2 * ($0 > 0 ? $0 : $1 * expm1($0)) },
        "Shrink": each(("bias", 0), ("lambd", 0.5)) { $0 < -$2 ? $0 + $1 : $0 > $2 ? $0 - $1 : 0 },
        "Swish": each("alpha", 1) { $0 * sigmoid($1 * $0) },
        "Gelu": { evaluation in
            if try evaluation.node.text("approximate", or: "none") == "tanh" {
                return try each { 0.5 * $0 * (1 + tanh(0.797_884_6 * ($0 + 0.044_715 * $0 * $0 * $0))) }(evaluation)
            }
            return try each { 0.5 * $0 * (1 + erf($0 * 0.707_106_77)) }(evaluation)
        },
        "IsNaN": truth { $0.isNaN },
        "IsInf": { evaluation in
            let positive = try evaluation.node.flag("detect_positive", or: true)
            let negative = try evaluation.node.flag("detect_negative", or: true)
            return try truth { $0.isInfinite && ($0 > 0 ? positive : negative) }(evaluation)
        },
        "Not": { evaluation in
            let tensor = try evaluation.tensor()
            return [
                ONNXTensor(try evaluation.integers(0).map { $0 == 0 ? Int64(1) : 0 }, shape: tensor.shape, kind: .bool)
            ]
        },
        "BitwiseNot": { evaluation in
            let tensor = try evaluation.tensor()
            return [
                ONNXTensor(try evaluation.integers(0).map { Int64(~$0) }, shape: tensor.shape, kind: tensor.kind)
                    .wrapped
            ]
        },
        "Dropout": { evaluation in
            let tensor = try evaluation.tensor()
            return [
                tensor, ONNXTensor([Int64](repeating: 1, count: tensor.count), shape: tensor.shape, kind: .bool),
            ]
        },
        "Cast": { evaluation in
            let code = try evaluation.node.integer("to", or: 1)
            guard let kind = StoredTensor.ScalarType(onnxCode: code) else {
                throw NodeProblem("numbers of ONNX's kind \(code) are not computed", kind: .unsupported)
            }
            return [try evaluation.tensor().cast(to: kind)]
        },
        "CastLike": { evaluation in [try evaluation.tensor().cast(to: try evaluation.tensor(1).kind)] },
        "Clip": { evaluation in
            let tensor = try evaluation.tensor()
            switch tensor.numbers {
            case .floats(let values):
                let (low, high) = try clipLimits(evaluation)
                return [ONNXTensor(values.map { min(max($0, low), high) }, shape: tensor.shape, kind: tensor.kind)]
            case .integers(let values):
                let low = evaluation.optional(1) == nil ? Int64.min : Int64(try evaluation.scalar(1))
                let high = evaluation.optional(2) == nil ? Int64.max : Int64(try evaluation.scalar(2))
                return [ONNXTensor(values.map { min(max($0, low), high) }, shape: tensor.shape, kind: tensor.kind)]
            }
        },
    ]
}

extension ONNXTensor {
    /// Integers cut to the bits that their kind has.
    var wrapped: ONNXTensor {
        guard case .integers(let values) = numbers else { return self }
        let cut: (Int64) -> Int64
        switch kind {
        case .int8: cut = { Int64(Int8(truncatingIfNeeded: $0)) }
        case .uint8: cut = { Int64(UInt8(truncatingIfNeeded: $0)) }
        case .int16: cut = { Int64(Int16(truncatingIfNeeded: $0)) }
        case .uint16: cut = { Int64(UInt16(truncatingIfNeeded: $0)) }
        case .int32: cut = { Int64(Int32(truncatingIfNeeded: $0)) }
        case .uint32: cut = { Int64(UInt32(truncatingIfNeeded: $0)) }
        case .bool: cut = { $0 == 0 ? 0 : 1 }
        default: return self
        }
        return ONNXTensor(values.map(cut), shape: shape, kind: kind)
    }

    /// The numbers as another kind: floats are cut towards zero to integers.
    func cast(to kind: StoredTensor.ScalarType) -> ONNXTensor {
        switch (numbers, kind.isFloatingPoint) {
        case (.floats(let values), true):
            let rounded: [Float]
            switch kind {
            case .float16: rounded = values.map { StoredTensor.rounded($0, toHalf: true) }
            case .bfloat16: rounded = values.map { StoredTensor.rounded($0, toHalf: false) }
            default: rounded = values
            }
            return ONNXTensor(rounded, shape: shape, kind: kind)
        case (.integers(let values), true): return ONNXTensor(values.map(Float.init), shape: shape, kind: kind)
        case (.integers(let values), false): return ONNXTensor(values, shape: shape, kind: kind).wrapped
        case (.floats(let values), false):
            if kind == .bool { return ONNXTensor(values.map { $0 == 0 ? Int64(0) : 1 }, shape: shape, kind: kind) }
            return ONNXTensor(values.map(Self.truncated), shape: shape, kind: kind).wrapped
        }
    }

    /// A float without its fraction; what 64 bits do not hold becomes the least number, as x86 has it.
    static func truncated(_ value: Float) -> Int64 {
        Int64(exactly: value.rounded(.towardZero)) ?? .min
    }
}
