import NeedletailCheckpoints
import NeedletailKernels

/// Operators that put numbers into other shapes, and tell of shapes.
extension Interpreter {
    /// The sizes that a `Reshape` asks for: 0 keeps the input's, -1 is what is left.
    static func reshapedSizes(_ wanted: [Int], of shape: [Int], keepsZero: Bool) throws -> [Int] {
        var sizes: [Int] = []
        for (axis, size) in wanted.enumerated() {
            guard size >= -1 else { throw NodeProblem("a size of \(size) is impossible") }
            if size == 0, !keepsZero {
                guard axis < shape.count else {
                    throw NodeProblem("there is no axis \(axis) in \(shape) to take a size of")
                }
                sizes.append(shape[axis])
            } else {
                sizes.append(size)
            }
        }
        let count = shape.reduce(1, *)
        let open = sizes.indices.filter { sizes[$0] == -1 }
        guard open.count <= 1 else { throw NodeProblem("two sizes of \(wanted) are left open") }
        if let axis = open.first {
            let known = try Evaluation.checkedCount(sizes.filter { $0 != -1 })
            sizes[axis] = known == 0 ? 0 : count / known
        }
        guard try Evaluation.checkedCount(sizes) == count else {
            throw NodeProblem("\(shape) has not as many numbers as \(wanted)")
        }
        return sizes
    }

    private static func integers(_ values: [Int]) -> ONNXTensor {
        ONNXTensor(values.map(Int64.init), shape: [values.count])
    }

    /// The part of a shape that a `Shape` asks for.
    static func sizes(_ node: ONNXNode, of shape: [Int]) throws -> [Int] {
        func place(_ index: Int) -> Int { min(max(index < 0 ? index + shape.count : index, 0), shape.count) }
        let start = place(try node.integer("start", or: 0)), end = place(try node.integer("end", or: shape.count))
        return Array(shape[start..<max(start, end)])
    }

    /// The shape with axes of size 1 put in, or nil where axes are no good.
    static func unsqueezed(_ shape: [Int], axes: [Int], _ evaluation: Evaluation) throws -> [Int] {
        let rank = shape.count + axes.count
        let places = Set(try evaluation.axes(axes, rank: rank))
        var sizes = shape.makeIterator()
        return (0..<rank).map { places.contains($0) ? 1 : sizes.next() ?? 1 }
    }

    static func squeezed(_ shape: [Int], axes: [Int]?, _ evaluation: Evaluation) throws -> [Int] {
        guard let axes else { return shape.filter { $0 != 1 } }
        let places = try evaluation.axes(axes, rank: shape.count)
        for place in places where shape[place] != 1 {
            throw NodeProblem("axis \(place) of \(shape) is not of size 1, and cannot be left out")
        }
        return shape.indices.filter { !places.contains($0) }.map { shape[$0] }
    }

    static func joined(_ tensors: [ONNXTensor], axis: Int) throws -> ONNXTensor {
        var shape = tensors[0].shape
        shape[axis] = tensors.reduce(0) { $0 + $1.shape[axis] }
        for tensor in tensors {
            var other = tensor.shape
            guard other.count == shape.count else { throw NodeProblem("tensors of different ranks cannot be joined") }
            other[axis] = shape[axis]
            guard other == shape else {
                throw NodeProblem(
                    "shapes \(tensors.map { "\($0.shape)" }.joined(separator: " and ")) do not fit side by side")
            }
        }
        try Evaluation.checkedCount(shape)
        // Those axes in front are taken in turn.
        let outer = shape[..<axis].reduce(1, *)
        func runs<Number>(_ values: [[Number]]) -> [Number] {
            let lengths = tensors.map { $0.shape[axis...].reduce(1, *) }
            var result: [Number] = []
            result.reserveCapacity(values.reduce(0) { $0 + $1.count })
            for row in 0..<outer {
                for (part, length) in zip(values, lengths) { result += part[row * length..<(row + 1) * length] }
            }
            return result
        }
        if case .floats = tensors[0].numbers {
            return ONNXTensor(runs(tensors.map(\.floats)), shape: shape, kind: tensors[0].kind)
        }
        return ONNXTensor(
            runs(
                try tensors.map { tensor -> [Int64] in
                    guard case .integers(let values) = tensor.numbers else {
                        throw NodeProblem("numbers of different kinds cannot be joined")
                    }
                    return values
                }), shape: shape, kind: tensors[0].kind)
    }

    /// The sizes of the parts that a `Split` makes of an axis.
    static func splitSizes(_ evaluation: Evaluation, size: Int, outputs: Int) throws -> [Int] {
        if let sizes = try evaluation.integers(1, orAttribute: "split") {
            guard sizes.allSatisfy({ $0 >= 0 }), sizes.reduce(0, +) == size else {
                throw NodeProblem("parts of \(sizes) do not make up a size of \(size)")
            }
            return sizes
        }
        let parts = try evaluation.node.integer("num_outputs", or: outputs)
        guard parts > 0 else { throw NodeProblem("nothing can be cut into \(parts) parts") }
        let most = (size + parts - 1) / parts
        return (0..<parts).map { max(min(most, size - $0 * most), 0) }
    }

    static let shapes: [String: Operation] = [
        "Shape": { evaluation in [integers(try sizes(evaluation.node, of: try evaluation.tensor().shape))] },
        "Size": { evaluation in [ONNXTensor([Int64(try evaluation.tensor().count)], shape: [])] },
        "Reshape": { evaluation in
            let tensor = try evaluation.tensor()
            guard let wanted = try evaluation.integers(1, orAttribute: "shape") else {
                throw NodeProblem("it is not said to which shape")
            }
            return [
                tensor.reshaped(
                    try reshapedSizes(wanted, of: tensor.shape, keepsZero: try evaluation.node.flag("allowzero")))
            ]
        },
        "Flatten": { evaluation in
            let tensor = try evaluation.tensor()
            var axis = try evaluation.node.integer("axis", or: 1)
            if axis < 0 { axis += tensor.rank }
            guard (0...tensor.rank).contains(axis) else {
                throw NodeProblem("there is no axis \(axis) in \(tensor.shape)")
            }
            return [
                tensor.reshaped([tensor.shape[..<axis].reduce(1, *), tensor.shape[axis...].reduce(1, *)])
            ]
        },
        "Squeeze": { evaluation in
            let tensor = try evaluation.tensor()
            return [
                tensor.reshaped(
                    try squeezed(tensor.shape, axes: try evaluation.integers(1, orAttribute: "axes"), evaluation))
            ]
        },
        "Unsqueeze": { evaluation in
            let tensor = try evaluation.tensor()
            return [
                tensor.reshaped(
                    try unsqueezed(
                        tensor.shape, axes: try evaluation.integers(1, orAttribute: "axes") ?? [], evaluation))
            ]
        },
        "Transpose": { evaluation in
            let tensor = try evaluation.tensor()
            let permutation = try evaluation.node.integers("perm") ?? Array((0..<tensor.rank).reversed())
            guard permutation.sorted() == Array(0..<tensor.rank) else {
                throw NodeProblem("\(permutation) is no order of the axes of \(tensor.shape)")
            }
            return [tensor.transposed(permutation)]
        },
        "Concat": { evaluation in
            let tensors = try evaluation.inputs.indices.map { try evaluation.tensor($0) }
            guard let first = tensors.first else { throw NodeProblem("there is nothing to join") }
            let axis = try evaluation.axis(try evaluation.node.integer("axis", or: 1), rank: first.rank)
            return [try joined(tensors, axis: axis)]
        },
        "Split": { evaluation in
            let tensor = try evaluation.tensor()
            let axis = try evaluation.axis(try evaluation.node.integer("axis", or: 0), rank: tensor.rank)
            let sizes = try splitSizes(evaluation, size: tensor.shape[axis], outputs: evaluation.node.outputs.count)
            var start = 0
            return sizes.map { size in
                var view = StridedView(of: tensor.shape)
                view.shape[axis] = size
                view.offset = start * view.strides[axis]
                start += size
                return tensor.gathered(view)
            }
        },
        "Expand": { evaluation in
            let tensor = try evaluation.tensor()
            let shape = try broadcastShape([tensor.shape, try evaluation.integers(1)])
            return [tensor.gathered(StridedView(of: tensor.shape).broadcast(to: shape))]
        },
        "Tile": { evaluation in
            let tensor = try evaluation.tensor(), repeats = try evaluation.integers(1)
            guard repeats.count == tensor.rank, repeats.allSatisfy({ $0 >= 0 }) else {
                throw NodeProblem("\(repeats) does not say how often to repeat each axis of \(tensor.shape)")
            }
            let view = StridedView(of: tensor.shape)
            var wide = view
            // Each axis becomes two: the repetition, and the axis itself.
            wide.shape = zip(repeats, tensor.shape).flatMap { [$0, $1] }
            wide.strides = view.strides.flatMap { [0, $0] }
            try Evaluation.checkedCount(wide.shape)
            let sizes = zip(repeats, tensor.shape).map { $0 * $1 }
            return [tensor.gathered(wide).reshaped(sizes)]
        },
        "Range": { evaluation in
            let start = try evaluation.tensor(0), limit = try evaluation.tensor(1), step = try evaluation.tensor(2)
            guard start.count == 1, limit.count == 1, step.count == 1, let by = step.floats.first, by != 0 else {
                throw NodeProblem("a range needs a start, an end and a step that is not 0")
            }
            if case .integers = start.numbers {
                let from = try evaluation.scalar(0), to = try evaluation.scalar(1), by = try evaluation.scalar(2)
                let (distance, overflows) = to.subtractingReportingOverflow(from)
                guard !overflows, by != .min, distance != .min else { throw NodeProblem("a range without an end") }
                let count = try Evaluation.checkedCount([
                    distance.signum() == by.signum() ? (abs(distance) - 1) / abs(by) + 1 : 0
                ])
                return [ONNXTensor((0..<count).map { Int64(from + $0 * by) }, shape: [count], kind: start.kind)]
            }
            let extent = ((limit.floats[0] - start.floats[0]) / by).rounded(.up)
            guard let steps = Int(exactly: max(extent, 0)) else { throw NodeProblem("a range without an end") }
            let count = try Evaluation.checkedCount([steps])
            return [ONNXTensor((0..<count).map { start.floats[0] + Float($0) * by }, shape: [count], kind: start.kind)]
        },
        "Constant": { evaluation in
            let attributes = evaluation.node.attributes
            switch (
                attributes["value"], attributes["value_float"], attributes["value_int"], attributes["value_floats"],
                attributes["value_ints"]
            ) {
            case (.tensor(let tensor)?, _, _, _, _): return [try ONNXTensor(tensor)]
            case (_, .float(let value)?, _, _, _): return [ONNXTensor([value], shape: [])]
            case (_, _, .integer(let value)?, _, _): return [ONNXTensor([value], shape: [])]
            case (_, _, _, .floats(let values)?, _): return [ONNXTensor(values, shape: [values.count])]
            case (_, _, _, _, .integers(let values)?): return [ONNXTensor(values, shape: [values.count])]
            default: throw NodeProblem("a constant of a kind that is not read", kind: .unsupported)
            }
        },
        "ConstantOfShape": { evaluation in
            let shape = try evaluation.integers(0), count = try Evaluation.checkedCount(shape)
            guard case .tensor(let stored)? = evaluation.node.attributes["value"] else {
                return [ONNXTensor([Float](repeating: 0, count: count), shape: shape)]
            }
            let value = try ONNXTensor(stored)
            guard value.count == 1 else { throw NodeProblem("its value should be one number") }
            return [value.picked([Int](repeating: 0, count: count), shape: shape)]
        },
        "EyeLike": { evaluation in
            let tensor = try evaluation.tensor(), offset = try evaluation.node.integer("k", or: 0)
            guard tensor.rank == 2 else { throw NodeProblem("an identity matrix has two axes") }
            let kind = try evaluation.node.integer("dtype").map(StoredTensor.ScalarType.init(onnxCode:)) ?? tensor.kind
            let values = (0..<tensor.shape[0]).flatMap { row in
                (0..<tensor.shape[1]).map { column -> Int64 in column - row == offset ? 1 : 0 }
            }
            return [ONNXTensor(values, shape: tensor.shape).cast(to: kind ?? tensor.kind)]
        },
        "DepthToSpace": { evaluation in
            let tensor = try evaluation.tensor(), block = try evaluation.node.integer("blocksize", or: 1)
            guard tensor.rank == 4, block > 0, tensor.shape[1].isMultiple(of: block * block) else {
                throw NodeProblem("\(tensor.shape) cannot be spread over blocks of \(block)")
            }
            let (n, c, h, w) = (tensor.shape[0], tensor.shape[1] / (block * block), tensor.shape[2], tensor.shape[3])
            let isColumnRow = try evaluation.node.text("mode", or: "DCR") == "CRD"
            let split =
                isColumnRow
                ? tensor.reshaped([n, c, block, block, h, w]).transposed([0, 1, 4, 2, 5, 3])
                : tensor.reshaped([n, block, block, c, h, w]).transposed([0, 3, 4, 1, 5, 2])
            return [split.reshaped([n, c, h * block, w * block])]
        },
        "SpaceToDepth": { evaluation in
            let tensor = try evaluation.tensor(), block = try evaluation.node.integer("blocksize", or: 1)
            guard tensor.rank == 4, block > 0, tensor.shape[2].isMultiple(of: block),
                tensor.shape[3].isMultiple(of: block)
            else { throw NodeProblem("\(tensor.shape) cannot be cut into blocks of \(block)") }
            let (n, c, h, w) = (tensor.shape[0], tensor.shape[1], tensor.shape[2] / block, tensor.shape[3] / block)
            return [
                tensor.reshaped([n, c, h, block, w, block]).transposed(
                    try evaluation.node.text("mode", or: "DCR") == "CRD" ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4]
                )
                .reshaped([n, c * block * block, h, w])
            ]
        },
    ]
}
