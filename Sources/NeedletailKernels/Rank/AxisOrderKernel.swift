/// Tensors of any rank with their axes in another order.
public struct AxisOrderKernel: Sendable {
    private enum Way {
        case copy(count: Int)
        case matrices(TransposeKernel)
        /// Of the result, in the order in which it lies.
        case walk(StridedView)
    }

    private let way: Way

    /// - Parameters:
    ///   - shape: Of the input.
    ///   - permutation: For each axis of the result the axis of the input that it is.
    public init(shape: [Int], permutation: [Int]) {
        // Axes that stay together are one, and those of size 1 are none.
        var groups: [[Int]] = []
        for axis in permutation where shape[axis] != 1 {
            if let last = groups.last?.last, last < axis, !(last + 1..<axis).contains(where: { shape[$0] != 1 }) {
                groups[groups.count - 1].append(axis)
            } else {
                groups.append([axis])
            }
        }
        let sorted = groups.indices.sorted { groups[$0][0] < groups[$1][0] }
        let sizes = sorted.map { groups[$0].reduce(1) { $0 * shape[$1] } }
        let order = groups.indices.map { group in sorted.firstIndex(of: group) ?? 0 }
        switch order {
        case [], [0]: way = .copy(count: shape.reduce(1, *))
        case [1, 0]: way = .matrices(TransposeKernel(batch: 1, rows: sizes[0], columns: sizes[1]))
        case [0, 2, 1]: way = .matrices(TransposeKernel(batch: sizes[0], rows: sizes[1], columns: sizes[2]))
        default: way = .walk(StridedView(of: sizes).transposed(order))
        }
    }

    public func run(_ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, pool: ThreadPool) {
        switch way {
        case .copy(let count): Elementwise.pass(input, count: count, to: output, accumulates: false, pool: pool)
        case .matrices(let kernel): kernel.run(input, to: output, accumulates: false, pool: pool)
        case .walk(let view):
            // The first axis is shared out.
            var part = view
            part.shape.removeFirst()
            part.strides.removeFirst()
            let length = part.shape.reduce(1, *)
            pool.run(count: view.shape[0], grain: max(Elementwise.grain / max(length, 1), 1)) { range, _ in
                for index in range {
                    var written = output + index * length
                    let source = input + index * view.strides[0]
                    part.forEachRun { start, stride, count in
                        if stride == 1 {
                            written.update(from: source + start, count: count)
                        } else {
                            for step in 0..<count { written[step] = source[start + step * stride] }
                        }
                        written += count
                    }
                }
            }
        }
    }
}
