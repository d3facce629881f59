import NeedletailPlatform

/// What is made of several numbers.
public enum ReductionFunction: String, Hashable, Sendable {
    case sum, mean, maximum, minimum, product
    /// The sum of the absolute values.
    case l1
    /// The root of the sum of the squares.
    case l2
    case sumOfSquares
}

/// One number of all along some axes of a tensor.
public struct ReductionKernel: Sendable {
    private let function: ReductionFunction
    /// Where the numbers of each result begin, and the numbers from there on.
    private let kept: StridedView
    private let offsets: [Int]

    public init(_ function: ReductionFunction, shape: [Int], axes: Set<Int>) {
        self.function = function
        let whole = StridedView(of: shape)
        var kept = whole, reduced = whole
        for axis in shape.indices {
            if axes.contains(axis) { kept.shape[axis] = 1 } else { reduced.shape[axis] = 1 }
        }
        self.kept = kept
        var offsets: [Int] = []
        reduced.forEachRun { start, stride, count in
            for step in 0..<count { offsets.append(start + step * stride) }
        }
        self.offsets = offsets
    }

    public func run(_ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, pool: ThreadPool) {
        var starts: [Int] = []
        kept.forEachRun { start, stride, count in
            for step in 0..<count { starts.append(start + step * stride) }
        }
        switch function {
        case .sum: reduce(input, starts, output, pool, 0, { $0 + Double($1) }, { $0 })
        case .mean:
            let count = Double(max(offsets.count, 1))
            reduce(input, starts, output, pool, 0, { $0 + Double($1) }, { $0 / count })
        case .maximum: reduce(input, starts, output, pool, -.infinity, { max($0, Double($1)) }, { $0 })
        case .minimum: reduce(input, starts, output, pool, .infinity, { min($0, Double($1)) }, { $0 })
        case .product: reduce(input, starts, output, pool, 1, { $0 * Double($1) }, { $0 })
        case .l1: reduce(input, starts, output, pool, 0, { $0 + Double(abs($1)) }, { $0 })
        case .l2: reduce(input, starts, output, pool, 0, { $0 + Double($1) * Double($1) }, { $0.squareRoot() })
        case .sumOfSquares: reduce(input, starts, output, pool, 0, { $0 + Double($1) * Double($1) }, { $0 })
        }
    }

    @inline(__always)
    private func reduce(
        _ input: UnsafePointer<Float>, _ starts: [Int], _ output: UnsafeMutablePointer<Float>, _ pool: ThreadPool,
        _ first: Double, _ next: (Double, Float) -> Double, _ last: (Double) -> Double
    ) {
        pool.run(count: starts.count, grain: max(Elementwise.grain / max(offsets.count, 1), 1)) { range, _ in
            for index in range {
                let source = input + starts[index]
                var result = first
                for offset in offsets { result = next(result, source[offset]) }
                output[index] = Float(last(result))
            }
        }
    }
}
