import NeedletailCheckpoints
import NeedletailKernels

/// Products of matrices.
extension Interpreter {
    /// The product of two matrices in C order.
    static func product(_ left: ArraySlice<Float>, _ right: ArraySlice<Float>, rows: Int, inner: Int, columns: Int)
        -> [Float]
    {
        var result = [Float](repeating: 0, count: rows * columns)
        left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                for row in 0..<rows {
                    for step in 0..<inner {
                        let factor = left[row * inner + step]
                        for column in 0..<columns {
                            result[row * columns + column] += factor * right[step * columns + column]
                        }
                    }
                }
            }
        }
        return result
    }

    /// The shapes of a product of tensors of matrices, whose other axes are stretched to fit.
    static func productShape(_ left: [Int], _ right: [Int]) throws -> (
        batch: [Int], rows: Int, inner: Int, columns: Int
    ) {
        guard left.count >= 2, right.count >= 2, left[left.count - 1] == right[right.count - 2] else {
            throw NodeProblem("\(left) and \(right) cannot be multiplied")
        }
        return (
            try broadcastShape([Array(left.dropLast(2)), Array(right.dropLast(2))]), left[left.count - 2],
            left[left.count - 1], right[right.count - 1]
        )
    }

    static func matrixProduct(_ left: ONNXTensor, _ right: ONNXTensor) throws -> ONNXTensor {
        guard left.rank > 0, right.rank > 0 else { throw NodeProblem("single numbers are no matrices") }
        let one = left.rank == 1 ? left.reshaped([1] + left.shape) : left
        let two = right.rank == 1 ? right.reshaped(right.shape + [1]) : right
        let (batch, rows, inner, columns) = try productShape(one.shape, two.shape)
        try Evaluation.checkedCount(batch + [rows, columns])
        let wide = one.gathered(StridedView(of: one.shape).broadcast(to: batch + [rows, inner])).floats
        let other = two.gathered(StridedView(of: two.shape).broadcast(to: batch + [inner, columns])).floats
        var values: [Float] = []
        for index in 0..<batch.reduce(1, *) {
            values += product(
                wide[index * rows * inner..<(index + 1) * rows * inner],
                other[index * inner * columns..<(index + 1) * inner * columns], rows: rows, inner: inner,
                columns: columns)
        }
        var shape = batch
        if left.rank > 1 { shape.append(rows) }
        if right.rank > 1 { shape.append(columns) }
        let result = ONNXTensor(values, shape: shape, kind: left.kind)
        if case .integers = left.numbers { return result.cast(to: left.kind) }
        return result
    }

    static let products: [String: Operation] = [
        "MatMul": { evaluation in [try matrixProduct(try evaluation.tensor(0), try evaluation.tensor(1))] },
        "Gemm": { evaluation in
            var left = try evaluation.tensor(0), right = try evaluation.tensor(1)
            guard left.rank == 2, right.rank == 2 else { throw NodeProblem("its matrices should have two axes") }
            if try evaluation.node.flag("transA") { left = left.transposed([1, 0]) }
            if try evaluation.node.flag("transB") { right = right.transposed([1, 0]) }
            let alpha = try evaluation.node.float("alpha", or: 1), beta = try evaluation.node.float("beta", or: 1)
            let product = try matrixProduct(left, right)
            let scaled = alpha == 1 ? product.floats : product.floats.map { $0 * alpha }
            guard let offset = evaluation.optional(2) else {
                return [ONNXTensor(scaled, shape: product.shape, kind: product.kind)]
            }
            let sum = try combined(scaled, product.shape, offset.floats, offset.shape) { $0 + beta * $1 }
            guard sum.shape == product.shape else { throw NodeProblem("its third input is too large") }
            return [ONNXTensor(sum.values, shape: sum.shape, kind: product.kind)]
        },
        "Einsum": { evaluation in
            let equation = try evaluation.node.text("equation", or: "").filter { $0 != " " }
            return [try einsum(equation, try evaluation.inputs.indices.map { try evaluation.tensor($0) })]
        },
    ]

    /// Sums of products over the letters of an equation that its result leaves out.
    private static func einsum(_ equation: String, _ tensors: [ONNXTensor]) throws -> ONNXTensor {
        let parts = equation.split(separator: ">", omittingEmptySubsequences: false)
        let left = parts[0].hasSuffix("-") ? parts[0].dropLast() : parts[0]
        let terms = left.split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
        guard !equation.contains("."), terms.count == tensors.count else {
            throw NodeProblem("the equation '\(equation)' is not computed", kind: .unsupported)
        }
        var sizes: [Character: Int] = [:]
        for (term, tensor) in zip(terms, tensors) {
            guard term.count == tensor.rank else { throw NodeProblem("'\(String(term))' does not fit \(tensor.shape)") }
            for (letter, size) in zip(term, tensor.shape) {
                guard sizes[letter, default: size] == size else { throw NodeProblem("'\(letter)' has two sizes") }
                sizes[letter] = size
            }
        }
        let counts = terms.joined().reduce(into: [:]) { $0[$1, default: 0] += 1 }
        let result = parts.count == 2 ? Array(parts[1]) : counts.filter { $0.value == 1 }.keys.sorted()
        guard result.allSatisfy({ sizes[$0] != nil }) else { throw NodeProblem("'\(equation)' has letters of no size") }
        let summed = sizes.keys.filter { !result.contains($0) }.sorted()
        let letters = result + summed, shape = letters.map { sizes[$0] ?? 1 }
        try Evaluation.checkedCount(shape)
        let factors = zip(terms, tensors).map { term, tensor -> [Float] in
            let strides = StridedView(of: tensor.shape).strides
            var view = StridedView(of: shape)
            view.strides = letters.map { letter in
                zip(term, strides).reduce(0) { $1.0 == letter ? $0 + $1.1 : $0 }
            }
            return view.gathered(tensor.floats)
        }
        let count = result.reduce(1) { $0 * (sizes[$1] ?? 1) }, length = summed.reduce(1) { $0 * (sizes[$1] ?? 1) }
        let values = (0..<count).map { row in
            (0..<length).reduce(Float(0)) { sum, step in
                sum + factors.reduce(Float(1)) { $0 * $1[row * length + step] }
            }
        }
        return ONNXTensor(values, shape: result.map { sizes[$0] ?? 1 }, kind: tensors[0].kind)
    }
}
