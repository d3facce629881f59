import NeedletailPlatform

/// A function of two numbers.
public enum ArithmeticFunction: String, Hashable, Sendable {
    case add, subtract, multiply, divide, power, minimum, maximum
    /// The first, times the second where it is negative.
    case rectify
}

/// Numbers of two tensors combined, each stretched along the axes on which it has one number.
public struct ArithmeticKernel: Sendable {
    private let function: ArithmeticFunction
    /// Sizes of the result, and by how much each operand goes on; axes that all go on alike are one.
    private let sizes: [Int]
    private let left: [Int]
    private let right: [Int]

    /// The shape of the result; nil when the two do not fit each other.
    public static func shape(_ left: [Int], _ right: [Int]) -> [Int]? {
        guard left.count == right.count else { return nil }
        var shape: [Int] = []
        for (one, other) in zip(left, right) {
            guard one == other || one == 1 || other == 1 else { return nil }
            shape.append(one == 1 ? other : one)
        }
        return shape
    }

    /// - Precondition: The shapes have as many axes and fit each other.
    public init(_ function: ArithmeticFunction, left leftShape: [Int], right rightShape: [Int]) {
        guard let shape = Self.shape(leftShape, rightShape) else {
            preconditionFailure("\(leftShape) and \(rightShape) do not fit each other")
        }
        self.function = function
        let one = StridedView(of: leftShape).broadcast(to: shape).strides
        let other = StridedView(of: rightShape).broadcast(to: shape).strides
        var sizes: [Int] = [], left: [Int] = [], right: [Int] = []
        for axis in shape.indices.reversed() where shape[axis] != 1 {
            if let size = sizes.last, let ownStride = left.last, let otherStride = right.last,
                one[axis] == ownStride * size, other[axis] == otherStride * size
            {
                sizes[sizes.count - 1] = size * shape[axis]
            } else {
                sizes.append(shape[axis])
                left.append(one[axis])
                right.append(other[axis])
            }
        }
        self.sizes = sizes.isEmpty ? [shape.contains(0) ? 0 : 1] : sizes.reversed()
        self.left = left.isEmpty ? [0] : left.reversed()
        self.right = right.isEmpty ? [0] : right.reversed()
    }

    public func run(
        _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
        pool: ThreadPool
    ) {
        switch function {
        case .add: walk(first, second, output, pool) { $0 + $1 }
        case .subtract: walk(first, second, output, pool) { $0 - $1 }
        case .multiply: walk(first, second, output, pool) { $0 * $1 }
        case .divide: walk(first, second, output, pool) { $0 / $1 }
        case .power: walk(first, second, output, pool) { $1 == 2 ? $0 * $0 : $1 == 0.5 ? $0.squareRoot() : pow($0, $1) }
        case .minimum: walk(first, second, output, pool) { $0 < $1 || $0.isNaN ? $0 : $1 }
        case .maximum: walk(first, second, output, pool) { $0 > $1 || $0.isNaN ? $0 : $1 }
        case .rectify: walk(first, second, output, pool) { $0 < 0 ? $0 * $1 : $0 }
        }
    }

    @inline(__always)
    private func walk(
        _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>,
        _ pool: ThreadPool, _ function: (Float, Float) -> Float
    ) {
        let last = sizes.count - 1, length = sizes[last], step = left[last], otherStep = right[last]
        if last == 0 {
            pool.run(count: length, grain: Elementwise.grain) { range, _ in
                Self.run(
                    first + range.lowerBound * step, step, second + range.lowerBound * otherStep, otherStep,
                    output + range.lowerBound, range.count, function)
            }
            return
        }
        let rows = sizes[..<last].reduce(1, *)
        pool.run(count: rows, grain: max(Elementwise.grain / max(length, 1), 1)) { range, _ in
            for row in range {
                var rest = row, start = 0, other = 0
                for axis in (0..<last).reversed() {
                    let index = rest % sizes[axis]
                    rest /= sizes[axis]
                    start += index * left[axis]
                    other += index * right[axis]
                }
                Self.run(first + start, step, second + other, otherStep, output + row * length, length, function)
            }
        }
    }

    @inline(__always)
    private static func run(
        _ first: UnsafePointer<Float>, _ step: Int, _ second: UnsafePointer<Float>, _ otherStep: Int,
        _ output: UnsafeMutablePointer<Float>, _ count: Int, _ function: (Float, Float) -> Float
    ) {
        switch (step, otherStep) {
        case (1, 1): for index in 0..<count { output[index] = function(first[index], second[index]) }
        case (1, 0):
            let constant = second[0]
            for index in 0..<count { output[index] = function(first[index], constant) }
        case (0, 1):
            let constant = first[0]
            for index in 0..<count { output[index] = function(constant, second[index]) }
        default:
            for index in 0..<count { output[index] = function(first[index * step], second[index * otherStep]) }
        }
    }
}
