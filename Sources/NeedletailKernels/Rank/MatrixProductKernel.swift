/// Products of many pairs of matrices, `[batch, rows, inner]` with `[batch, inner, columns]`, neither of which is known
/// before.
///
/// One matrix may stand for all of a side. Constant matrices are convolutions of one pixel, which are faster.
public struct MatrixProductKernel: Sendable {
    public var batch: Int
    public var rows: Int
    public var inner: Int
    public var columns: Int
    /// Where the matrices of each product begin.
    private let lefts: [Int]
    private let rights: [Int]

    /// - Precondition: The shapes have as many axes and can be multiplied.
    public init(left: [Int], right: [Int]) {
        let rank = left.count
        rows = left[rank - 2]
        inner = left[rank - 1]
        columns = right[rank - 1]
        let outer = zip(left, right).map { max($0, $1) }.dropLast(2)
        batch = outer.reduce(1, *)
        func starts(_ shape: [Int], _ size: Int) -> [Int] {
            var places: [Int] = []
            let matrices = Array(shape.dropLast(2))
            StridedView(of: matrices).broadcast(to: Array(outer)).forEachRun { start, stride, count in
                for step in 0..<count { places.append((start + step * stride) * size) }
            }
            return places
        }
        lefts = starts(left, rows * inner)
        rights = starts(right, inner * columns)
    }

    /// Where the matrices of a product begin.
    public func starts(of product: Int) -> (left: Int, right: Int) { (lefts[product], rights[product]) }

    public var multiplyAdds: Int { batch * rows * inner * columns }

    public func run(
        _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
        pool: ThreadPool
    ) {
        // Four rows share what they read of the right matrix.
        let height = 4, blocks = (rows + height - 1) / height
        pool.run(count: batch * blocks, grain: max(Elementwise.grain / max(inner * columns, 1), 1)) { range, _ in
            for chunk in range {
                let index = chunk / blocks, first = chunk % blocks * height
                let source = left + lefts[index], other = right + rights[index]
                let target = output + index * rows * columns
                for row in first..<min(first + height, rows) {
                    (target + row * columns).update(repeating: 0, count: columns)
                }
                for step in 0..<inner {
                    let line = other + step * columns
                    for row in first..<min(first + height, rows) {
                        let factor = source[row * inner + step], sums = target + row * columns
                        for column in 0..<columns { sums[column] += factor * line[column] }
                    }
                }
            }
        }
    }
}
