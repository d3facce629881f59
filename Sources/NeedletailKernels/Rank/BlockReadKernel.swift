/// Tensors of any rank made of parts of another: along each axis the places that are read, or nothing, where a number stands
/// instead. A slice, a pad, an index, a repetition: each is a list of places for each axis.
public struct BlockReadKernel: Sendable {
    /// Where each row of the result begins in the input; -1 for rows of nothing but the filling.
    private let rows: [Int]
    /// What is read of the last axis that is no plain copy; -1 for the filling.
    private let places: [Int]
    /// Numbers that lie together.
    private let block: Int
    private let fill: Float

    /// - Parameters:
    ///   - shape: Of the input.
    ///   - axes: For each axis the places that are read; nil for all, as they lie.
    /// - Precondition: All places lie in the input, or are -1.
    public init(shape: [Int], axes: [[Int]?], fill: Float = 0) {
        precondition(axes.count == shape.count, "\(axes.count) lists for \(shape)")
        self.fill = fill
        let strides = StridedView(of: shape).strides
        var last = shape.count - 1
        while last >= 0, axes[last] == nil { last -= 1 }
        block = last < 0 ? shape.reduce(1, *) : strides[last]
        places = last < 0 ? [0] : axes[last] ?? []
        var rows = [0]
        for axis in 0..<max(last, 0) {
            let list = axes[axis] ?? Array(0..<shape[axis])
            rows = rows.flatMap { row in list.map { $0 < 0 || row < 0 ? -1 : row + $0 * strides[axis] } }
        }
        self.rows = rows
    }

    public func run(_ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, pool: ThreadPool) {
        let length = places.count * block
        pool.run(count: rows.count, grain: max(Elementwise.grain / max(length, 1), 1)) { range, _ in
            for row in range {
                let target = output + row * length, start = rows[row]
                if start < 0 {
                    target.update(repeating: fill, count: length)
                } else if block == 1 {
                    for (step, place) in places.enumerated() { target[step] = place < 0 ? fill : input[start + place] }
                } else {
                    for (step, place) in places.enumerated() {
                        let run = target + step * block
                        if place < 0 {
                            run.update(repeating: fill, count: block)
                        } else {
                            run.update(from: input + start + place * block, count: block)
                        }
                    }
                }
            }
        }
    }
}
