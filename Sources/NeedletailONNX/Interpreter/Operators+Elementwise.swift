import NeedletailCheckpoints
import NeedletailPlatform

extension Interpreter {
    /// A function of each number, with the constants of a node.
    typealias Function = @Sendable (ONNXNode) throws -> @Sendable (Float) -> Float

    private static func plain(_ function: @escaping @Sendable (Float) -> Float) -> Function { { _ in function } }

    private static func with(
        _ attribute: String, _ missing: Float, _ function: @escaping @Sendable (Float, Float) -> Float
    ) -> Function {
        { node in
            let parameter = try node.float(attribute, or: missing)
            return { function($0, parameter) }
        }
    }

    private static func with(
        _ first: (String, Float), _ second: (String, Float),
        _ function: @escaping @Sendable (Float, Float, Float) -> Float
    ) -> Function {
        { node in
            let one = try node.float(first.0, or: first.1), two = try node.float(second.0, or: second.1)
            return { function($0, one, two) }
        }
    }

    /// Functions of floats, by the operators' names.
    static let functions: [String: Function] = [
        "Abs": plain { abs($0) }, "Neg": plain { -$0 }, "Sign": plain { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 },
        "Relu": plain { max($0, 0) },
        "Acos": plain { acos($0) }, "Acosh": plain { acosh($0) }, "Asin": plain { asin($0) },
        "Asinh": plain { asinh($0) }, "Atan": plain { atan($0) }, "Atanh": plain { atanh($0) },
        "Cos": plain { cos($0) }, "Cosh": plain { cosh($0) }, "Sin": plain { sin($0) }, "Sinh": plain { sinh($0) },
        "Tan": plain { tan($0) }, "Tanh": plain { tanh($0) },
        "Ceil": plain { $0.rounded(.up) }, "Floor": plain { $0.rounded(.down) },
        "Round": plain { $0.rounded(.toNearestOrEven) },
        "Erf": plain { erf($0) }, "Exp": plain { exp($0) }, "Log": plain { log($0) },
        "Sqrt": plain { $0.squareRoot() },
        "Reciprocal": plain { 1 / $0 }, "Sigmoid": plain(sigmoid), "Softplus": plain(softplus),
        "Softsign": plain { $0 / (1 + abs($0)) }, "Mish": plain { $0 * tanh(softplus($0)) },
        "HardSwish": plain { $0 * min(max($0 / 6 + 0.5, 0), 1) },
        "HardSigmoid": with(("alpha", 0.2), ("beta", 0.5)) { min(max($1 * $0 + $2, 0), 1) },
        "LeakyRelu": with("alpha", 0.01) { $0 < 0 ? $1 * $0 : $0 },
        "ThresholdedRelu": with("alpha", 1) { $0 > $1 ? $0 : 0 },
        "Elu": with("alpha", 1) { $0 < 0 ? $1 * expm1($0) : $0 },
        "Celu": with("alpha", 1) { max($0, 0) + min($1 * expm1($0 / $1), 0) },
        "Selu": with(("alpha", 1.673_263_2), ("gamma", 1.050_701)) { $2 * ($0 > 0 ? $0 : $1 * expm1($0)) },
        "Shrink": with(("bias", 0), ("lambd", 0.5)) { $0 < -$2 ? $0 + $1 : $0 > $2 ? $0 - $1 : 0 },
        "Swish": with("alpha", 1) { $0 * sigmoid($1 * $0) },
        "Gelu": { node in
            if try node.text("approximate", or: "none") == "tanh" {
                return { 0.5 * $0 * (1 + tanh(0.797_884_6 * ($0 + 0.044_715 * $0 * $0 * $0))) }
            }
            return { 0.5 * $0 * (1 + erf($0 * 0.707_106_77)) }
        },
    ]

    /// Of those, what integers have, too.
    private static let integerFunctions: [String: @Sendable (Int64) -> Int64] = [
        "Abs": { $0 == .min ? $0 : abs($0) }, "Neg": { 0 &- $0 }, "Sign": { $0.signum() }, "Relu": { max($0, 0) },
    ]

    private static func apply(_ name: String, _ function: @escaping Function) -> Operation {
        { evaluation in
            let tensor = try evaluation.tensor()
            if case .integers(let values) = tensor.numbers, let own = integerFunctions[name] {
                return [ONNXTensor(values.map(own), shape: tensor.shape, kind: tensor.kind).wrapped]
            }
            return [
                ONNXTensor(
                    try evaluation.floats(0).map(try function(evaluation.node)), shape: tensor.shape, kind: tensor.kind)
            ]
        }
    }

    private static func truth(_ function: @escaping @Sendable (Float) -> Bool) -> Operation {
        { evaluation in
            let tensor = try evaluation.tensor()
            return [
                ONNXTensor(
                    try evaluation.floats(0).map { function($0) ? Int64(1) : 0 }, shape: tensor.shape, kind: .bool)
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

    static let elementwise: [String: Operation] = Dictionary(
        uniqueKeysWithValues: functions.map { ($0.key, apply($0.key, $0.value)) }
    ).merging(others) { one, _ in one }

    private static let others: [String: Operation] = [
        "Identity": { [try $0.tensor()] },
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
            if let trains = evaluation.optional(2)?.floats.first, trains != 0, evaluation.optional(1)?.floats.first != 0
            {
                throw NodeProblem("dropout as in training is not computed", kind: .unsupported)
            }
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

extension Interpreter {
    static func logarithm(_ x: Float) -> Float { log(x) }
}
