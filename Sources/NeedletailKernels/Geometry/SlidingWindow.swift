/// A window that slides along one axis of a padded map: what convolution and pooling have in common.
struct SlidingWindow: Hashable, Sendable {
    var extent: Int
    var kernel: Int
    var stride: Int
    var dilation: Int
    var paddingBefore: Int
    var paddingAfter: Int
    /// Whether a last window that sticks out of the padded map counts too, if it begins inside the map or in the padding
    /// before it: PyTorch's `ceil_mode`.
    var roundsUp = false

    /// From the first position under the window to behind the last.
    var span: Int { dilation * (kernel - 1) + 1 }

    /// The number of places of the window; 0 where it is larger than the padded map.
    var count: Int {
        let slack = extent + paddingBefore + paddingAfter - span
        if !roundsUp { return slack < 0 ? 0 : slack / stride + 1 }
        // Even a window that is larger than the padded map counts, if it is so by less than a stride.
        guard slack > -stride else { return 0 }
        let count = (slack + stride - 1) / stride + 1
        return (count - 1) * stride < extent + paddingBefore ? count : count - 1
    }

    /// The positions under the window at its place number `index` that lie inside the map.
    func positions(_ index: Int) -> StrideTo<Int> {
        let start = index * stride - paddingBefore
        let skipped = start < 0 ? (-start + dilation - 1) / dilation : 0
        return Swift.stride(from: start + skipped * dilation, to: min(start + span, extent), by: dilation)
    }

    /// How many positions under the window at its place number `index` lie inside the map, or inside the padded map.
    func positionCount(_ index: Int, countsPadding: Bool) -> Int {
        let start = index * stride - paddingBefore
        let first = countsPadding || start >= 0 ? 0 : (-start + dilation - 1) / dilation
        let room = extent + (countsPadding ? paddingAfter : 0) - start
        return max(0, min(kernel, (room + dilation - 1) / dilation) - first)
    }
}
