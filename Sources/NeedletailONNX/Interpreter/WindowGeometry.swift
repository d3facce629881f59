import NeedletailCheckpoints

/// A window that moves over the last axes of a tensor, as convolutions and pooling have it.
struct WindowGeometry {
    var kernel: [Int]
    var strides: [Int]
    var dilations: [Int]
    var before: [Int]
    var after: [Int]
    var roundsUp: Bool

    /// - Parameters:
    ///   - kernel: That of the weights, where there are some.
    ///   - sizes: Of the axes that the window moves over.
    init(_ node: ONNXNode, kernel: [Int]?, sizes: [Int]) throws {
        guard let kernel = try kernel ?? node.integers("kernel_shape"), kernel.count == sizes.count else {
            throw NodeProblem("its window does not fit a map of \(sizes)")
        }
        func list(_ name: String, _ missing: Int, _ least: Int) throws -> [Int] {
            let values = try node.integers(name) ?? [Int](repeating: missing, count: kernel.count)
            guard values.count == kernel.count, values.allSatisfy({ (least...1 << 20).contains($0) }) else {
                throw NodeProblem("its \(name) of \(values) are no good for a window of \(kernel)")
            }
            return values
        }
        guard kernel.allSatisfy({ (1...1 << 20).contains($0) }) else {
            throw NodeProblem("a window of \(kernel) is impossible")
        }
        self.kernel = kernel
        strides = try list("strides", 1, 1)
        dilations = try list("dilations", 1, 1)
        roundsUp = try node.flag("ceil_mode")
        before = [Int](repeating: 0, count: kernel.count)
        after = before
        let mode = try node.text("auto_pad", or: "NOTSET")
        switch mode {
        case "NOTSET":
            guard let pads = try node.integers("pads") else { break }
            guard pads.count == 2 * kernel.count, pads.allSatisfy({ abs($0) <= 1 << 20 }) else {
                throw NodeProblem("its pads of \(pads) are no good for a window of \(kernel)")
            }
            before = Array(pads.prefix(kernel.count))
            after = Array(pads.suffix(kernel.count))
        case "VALID": break
        case "SAME_UPPER", "SAME_LOWER":
            for axis in kernel.indices {
                let count = (sizes[axis] + strides[axis] - 1) / strides[axis]
                let total = max((count - 1) * strides[axis] + span(axis) - sizes[axis], 0)
                before[axis] = mode == "SAME_UPPER" ? total / 2 : total - total / 2
                after[axis] = total - before[axis]
            }
        default: throw NodeProblem("padding of the mode '\(mode)' is not known", kind: .unsupported)
        }
    }

    /// From the first to the last number under the window.
    func span(_ axis: Int) -> Int { (kernel[axis] - 1) * dilations[axis] + 1 }

    /// How often the window fits along each axis.
    func outputSizes(_ sizes: [Int]) throws -> [Int] {
        try kernel.indices.map { axis in
            let room = sizes[axis] + before[axis] + after[axis] - span(axis)
            guard room >= 0 else { throw NodeProblem("a window of \(kernel) is larger than the map of \(sizes)") }
            guard roundsUp else { return room / strides[axis] + 1 }
            let count = (room + strides[axis] - 1) / strides[axis] + 1
            // A window that would begin behind the map and its padding in front does not count.
            return (count - 1) * strides[axis] >= sizes[axis] + before[axis] ? count - 1 : count
        }
    }

    /// Calls `body` with each tap of the window at a place of the result, and the place in the map under it, or nil where
    /// that is padding.
    func forEachTap(
        at output: [Int], sizes: [Int], _ body: (_ tap: Int, _ source: Int?) -> Void
    ) {
        let count = kernel.reduce(1, *)
        for tap in 0..<count {
            var rest = tap, stride = 1
            var source: Int? = 0
            for axis in kernel.indices.reversed() {
                let index = output[axis] * strides[axis] - before[axis] + rest % kernel[axis] * dilations[axis]
                rest /= kernel[axis]
                if (0..<sizes[axis]).contains(index), let place = source {
                    source = place + index * stride
                } else {
                    source = nil
                }
                stride *= sizes[axis]
            }
            body(tap, source)
        }
    }

    /// The indices along each axis of a place in C order.
    static func indices(of place: Int, in sizes: [Int]) -> [Int] {
        var rest = place, result = sizes
        for axis in sizes.indices.reversed() {
            result[axis] = rest % sizes[axis]
            rest /= sizes[axis]
        }
        return result
    }
}
