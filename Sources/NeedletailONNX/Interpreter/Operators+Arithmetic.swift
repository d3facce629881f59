import NeedletailCheckpoints
import NeedletailKernels
import NeedletailPlatform

/// Operators of two tensors or more, of which each is stretched to the shape that all fit.
extension Interpreter {
    /// The shape that shapes are stretched to: axes are counted from the last, and those of size 1 fit any.
    static func broadcastShape(_ shapes: [[Int]]) throws -> [Int] {
        let rank = shapes.map(\.count).max() ?? 0
        var result = [Int](repeating: 1, count: rank)
        for shape in shapes {
            for (axis, size) in zip(rank - shape.count..<rank, shape) where size != 1 {
                guard result[axis] == 1 || result[axis] == size else {
                    throw NodeProblem(
                        "shapes \(shapes.map { "\($0)" }.joined(separator: " and ")) do not fit each other")
                }
                result[axis] = size
            }
        }
        try Evaluation.checkedCount(result)
        return result
    }

    static func combined<Number, Result>(
        _ left: [Number], _ leftShape: [Int], _ right: [Number], _ rightShape: [Int],
        _ function: (Number, Number) -> Result
    ) throws -> (values: [Result], shape: [Int]) {
        if leftShape == rightShape { return (zip(left, right).map(function), leftShape) }
        let shape = try broadcastShape([leftShape, rightShape])
        if right.count == 1, left.count == shape.reduce(1, *) {
            let only = right[0]
            return (left.map { function($0, only) }, shape)
        }
        let other = StridedView(of: rightShape).broadcast(to: shape).gathered(right)
        var values: [Result] = []
        values.reserveCapacity(other.count)
        StridedView(of: leftShape).broadcast(to: shape).forEachRun { start, stride, count in
            for step in 0..<count { values.append(function(left[start + step * stride], other[values.count])) }
        }
        return (values, shape)
    }

    private static func pair(
        _ first: Int, _ second: Int, of evaluation: Evaluation,
        float: (Float, Float) -> Float, integer: (Int64, Int64) -> Int64
    ) throws -> ONNXTensor {
        try pair(try evaluation.tensor(first), try evaluation.tensor(second), float: float, integer: integer)
    }

    private static func pair(
        _ left: ONNXTensor, _ right: ONNXTensor, float: (Float, Float) -> Float, integer: (Int64, Int64) -> Int64
    ) throws -> ONNXTensor {
        switch (left.numbers, right.numbers) {
        case (.floats(let one), .floats(let two)):
            let (values, shape) = try combined(one, left.shape, two, right.shape, float)
            return ONNXTensor(values, shape: shape, kind: left.kind)
        case (.integers(let one), .integers(let two)):
            let (values, shape) = try combined(one, left.shape, two, right.shape, integer)
            return ONNXTensor(values, shape: shape, kind: left.kind).wrapped
        default: throw NodeProblem("it is given \(left.kind) and \(right.kind), which are not of one kind")
        }
    }

    private static func binary(
        _ float: @escaping @Sendable (Float, Float) -> Float, _ integer: @escaping @Sendable (Int64, Int64) -> Int64
    ) -> Operation {
        { evaluation in
            let (left, right) = try aligned(evaluation)
            return [try pair(left, right, float: float, integer: integer)]
        }
    }

    /// Two inputs; in versions before 7 the second one may say at which axis of the first it begins.
    private static func aligned(_ evaluation: Evaluation) throws -> (ONNXTensor, ONNXTensor) {
        let left = try evaluation.tensor(0)
        var right = try evaluation.tensor(1)
        // Slopes were one a channel.
        if evaluation.version < 7, evaluation.node.kind == "PRelu", right.rank == 1, left.rank > 1 {
            right = right.reshaped(right.shape + [Int](repeating: 1, count: left.rank - 2))
        }
        if evaluation.version < 7, try evaluation.node.flag("broadcast"), let axis = try evaluation.node.integer("axis")
        {
            let place = try evaluation.axis(axis, rank: left.rank)
            guard place + right.rank <= left.rank else { throw NodeProblem("its second input has too many axes") }
            right = right.reshaped(
                right.shape + [Int](repeating: 1, count: left.rank - place - right.rank))
        }
        return (left, right)
    }

    private static func comparison(
        _ float: @escaping @Sendable (Float, Float) -> Bool, _ integer: @escaping @Sendable (Int64, Int64) -> Bool
    ) -> Operation {
        { evaluation in
            let (left, right) = try aligned(evaluation)
            let result: (values: [Int64], shape: [Int])
            switch (left.numbers, right.numbers) {
            case (.floats(let one), .floats(let two)):
                result = try combined(one, left.shape, two, right.shape) { float($0, $1) ? 1 : 0 }
            case (.integers(let one), .integers(let two)):
                result = try combined(one, left.shape, two, right.shape) { integer($0, $1) ? 1 : 0 }
            default: throw NodeProblem("it is given \(left.kind) and \(right.kind), which are not of one kind")
            }
            return [ONNXTensor(result.values, shape: result.shape, kind: .bool)]
        }
    }

    private static func several(
        _ float: @escaping @Sendable (Float, Float) -> Float, _ integer: @escaping @Sendable (Int64, Int64) -> Int64,
        isMean: Bool = false
    ) -> Operation {
        { evaluation in
            var result = try evaluation.tensor(0)
            for slot in evaluation.inputs.indices.dropFirst() {
                result = try pair(result, try evaluation.tensor(slot), float: float, integer: integer)
            }
            guard isMean else { return [result] }
            let count = Float(evaluation.inputs.count)
            return [ONNXTensor(result.floats.map { $0 / count }, shape: result.shape, kind: result.kind)]
        }
    }

    private static func power(_ base: Int64, _ exponent: Int64) -> Int64 {
        guard exponent >= 0 else { return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0 }
        var result: Int64 = 1, factor = base, left = exponent
        while left > 0 {
            if left & 1 == 1 { result = result &* factor }
            factor = factor &* factor
            left >>= 1
        }
        return result
    }

    private static func quotient(_ left: Int64, _ right: Int64) -> Int64 {
        right == 0 ? 0 : right == -1 ? 0 &- left : left / right
    }

    /// The rest with the divisor's sign.
    private static func modulo(_ left: Int64, _ right: Int64) -> Int64 {
        guard right != 0, right != -1 else { return 0 }
        let rest = left % right
        return rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest
    }

    private static func modulo(_ left: Float, _ right: Float) -> Float {
        let rest = fmod(left, right)
        return rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest
    }

    /// NaN where either is.
    private static func greater(_ left: Float, _ right: Float) -> Float {
        left.isNaN || right.isNaN ? .nan : max(left, right)
    }

    private static func less(_ left: Float, _ right: Float) -> Float {
        left.isNaN || right.isNaN ? .nan : min(left, right)
    }

    static let arithmetic: [String: Operation] = [
        "Add": binary({ $0 + $1 }, { $0 &+ $1 }),
        "Sub": binary({ $0 - $1 }, { $0 &- $1 }),
        "Mul": binary({ $0 * $1 }, { $0 &* $1 }),
        "Div": binary({ $0 / $1 }, { quotient($0, $1) }),
        "PRelu": binary({ $0 < 0 ? $0 * $1 : $0 }, { $0 < 0 ? $0 &* $1 : $0 }),
        "Max": several(greater, { max($0, $1) }),
        "Min": several(less, { min($0, $1) }),
        "Sum": several({ $0 + $1 }, { $0 &+ $1 }),
        "Mean": several({ $0 + $1 }, { $0 &+ $1 }, isMean: true),
        "Pow": { evaluation in
            let left = try evaluation.tensor(0)
            var right = try evaluation.tensor(1)
            if case .floats = left.numbers { right = right.cast(to: left.kind) }
            if case .floats(let exponents) = right.numbers, case .integers(let bases) = left.numbers {
                let (values, shape) = try combined(bases.map(Float.init), left.shape, exponents, right.shape) {
                    pow($0, $1)
                }
                return [ONNXTensor(values, shape: shape).cast(to: left.kind)]
            }
            return [try pair(left, right, float: { pow($0, $1) }, integer: power)]
        },
        "Mod": { evaluation in
            let keepsSign = try evaluation.node.flag("fmod")
            return [
                try pair(0, 1, of: evaluation, float: { keepsSign ? fmod($0, $1) : modulo($0, $1) }) {
                    keepsSign ? ($1 == 0 || $1 == -1 ? 0 : $0 % $1) : modulo($0, $1)
                }
            ]
        },
        "BitShift": { evaluation in
            let isLeft = try evaluation.node.text("direction", or: "LEFT") == "LEFT"
            // A negative amount counts as a large one, as of a number without a sign.
            return [
                try pair(0, 1, of: evaluation, float: { left, _ in left }) { value, amount in
                    let amount = (0..<64).contains(amount) ? amount : 64
                    return isLeft ? value << amount : value >> amount
                }
            ]
        },
        "And": binary({ left, _ in left }, { $0 & $1 }), "Or": binary({ left, _ in left }, { $0 | $1 }),
        "Xor": binary({ left, _ in left }, { $0 ^ $1 }),
        "BitwiseAnd": binary({ left, _ in left }, { $0 & $1 }), "BitwiseOr": binary({ left, _ in left }, { $0 | $1 }),
        "BitwiseXor": binary({ left, _ in left }, { $0 ^ $1 }),
        "Equal": comparison({ $0 == $1 }, { $0 == $1 }), "Greater": comparison({ $0 > $1 }, { $0 > $1 }),
        "GreaterOrEqual": comparison({ $0 >= $1 }, { $0 >= $1 }),
        "Less": comparison({ $0 < $1 }, { $0 < $1 }), "LessOrEqual": comparison({ $0 <= $1 }, { $0 <= $1 }),
        "Where": { evaluation in
            let condition = try evaluation.tensor(0), yes = try evaluation.tensor(1), no = try evaluation.tensor(2)
            let shape = try broadcastShape([condition.shape, yes.shape, no.shape])
            let choice = StridedView(of: condition.shape).broadcast(to: shape).gathered(
                try evaluation.integers(0))
            let one = yes.gathered(StridedView(of: yes.shape).broadcast(to: shape))
            let other = no.gathered(StridedView(of: no.shape).broadcast(to: shape))
            switch (one.numbers, other.numbers) {
            case (.floats(let one), .floats(let other)):
                return [
                    ONNXTensor(
                        choice.indices.map { choice[$0] != 0 ? one[$0] : other[$0] }, shape: shape, kind: yes.kind)
                ]
            case (.integers(let one), .integers(let other)):
                return [
                    ONNXTensor(
                        choice.indices.map { choice[$0] != 0 ? one[$0] : other[$0] }, shape: shape, kind: yes.kind)
                ]
            default: throw NodeProblem("it is given \(yes.kind) and \(no.kind), which are not of one kind")
            }
        },
    ]
}
