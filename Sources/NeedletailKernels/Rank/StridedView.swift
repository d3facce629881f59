/// How the places of a tensor are found among the numbers of another: C order of a shape, with a distance for each axis.
package struct StridedView: Hashable, Sendable {
    package var shape: [Int]
    /// In numbers; 0 along an axis on which one number stands for all, negative where it is read from its end.
    package var strides: [Int]
    package var offset = 0

    /// All places, as they lie.
    package init(of shape: [Int]) {
        self.shape = shape
        strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1) }
    }

    package func transposed(_ permutation: [Int]) -> StridedView {
        var view = self
        view.shape = permutation.map { shape[$0] }
        view.strides = permutation.map { strides[$0] }
        return view
    }

    /// The view that stretches axes of size 1, and adds axes in front, to a shape that fits.
    package func broadcast(to result: [Int]) -> StridedView {
        var view = self
        let added = result.count - shape.count
        view.shape = result
        view.strides = result.indices.map { axis in
            axis < added || shape[axis - added] == 1 ? 0 : strides[axis - added]
        }
        return view
    }

    /// Calls `body` with the place of the first number of each innermost run and the run's stride.
    package func forEachRun(_ body: (_ start: Int, _ stride: Int, _ count: Int) -> Void) {
        guard !shape.contains(0) else { return }
        let inner = shape.last ?? 1, innerStride = strides.last ?? 1
        var index = [Int](repeating: 0, count: max(shape.count - 1, 0))
        var start = offset
        while true {
            body(start, innerStride, inner)
            var axis = index.count - 1
            while axis >= 0 {
                index[axis] += 1
                start += strides[axis]
                if index[axis] < shape[axis] { break }
                start -= strides[axis] * shape[axis]
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }
}
