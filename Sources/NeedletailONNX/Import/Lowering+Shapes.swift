import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels

/// What puts numbers into other shapes, and takes parts of them.
extension Lowering {
    private static func reshape(_ shape: @escaping @Sendable (Evaluation, [Int]) throws -> [Int]) -> Rule {
        { request, builder in
            guard let value = request.planned(), let evaluation = try request.evaluation() else { return nil }
            return [builder.reshape(value, to: try shape(evaluation, value.shape), name: request.name)]
        }
    }

    /// Reads places along axes of ONNX's; nil for those that stay as they are.
    static func read(
        _ value: PlannedValue, _ axes: [[Int]?], fill: Float = 0, name: String, _ builder: inout StageBuilder
    ) -> PlannedValue {
        let shape = zip(value.shape, axes).map { $1?.count ?? $0 }
        let lists = zip(value.shape, axes).map { size, places in places == Array(0..<size) ? nil : places }
        if lists.allSatisfy({ $0 == nil }) { return value }
        return builder.append(
            IndexedRead(value.order.map { lists[$0] }, fill: fill), [value], shape: shape, order: value.order,
            name: name)
    }

    private static let slice: Rule = { request, builder in
        guard let value = request.planned(), let evaluation = try request.evaluation() else { return nil }
        let view = try Interpreter.slice(evaluation, of: value.shape)
        guard !view.shape.contains(0) else { return nil }
        // The view of all, walked along one axis, tells what is read of it.
        let whole = StridedView(of: value.shape)
        var rest = view.offset
        let axes = value.shape.indices.map { axis -> [Int]? in
            let start = rest / whole.strides[axis]
            rest %= whole.strides[axis]
            let step = view.shape[axis] > 1 ? view.strides[axis] / whole.strides[axis] : 1
            return (0..<view.shape[axis]).map { start + $0 * step }
        }
        return [read(value, axes, name: request.name, &builder)]
    }

    private static let split: Rule = { request, builder in
        guard let value = request.planned(), let evaluation = try request.evaluation() else { return nil }
        let axis = try evaluation.axis(try request.node.integer("axis", or: 0), rank: value.rank)
        let sizes = try Interpreter.splitSizes(evaluation, size: value.shape[axis], outputs: request.node.outputs.count)
        guard !sizes.contains(0) else { return nil }
        var start = 0
        return sizes.enumerated().map { index, size in
            var axes = [[Int]?](repeating: nil, count: value.rank)
            axes[axis] = Array(start..<start + size)
            start += size
            return read(value, axes, name: request.node.outputs[min(index, request.node.outputs.count - 1)], &builder)
        }
    }

    private static let gather: Rule = { request, builder in
        guard let value = request.planned(), let indices = request.constant(1),
            let evaluation = try request.evaluation()
        else { return nil }
        let axis = try evaluation.axis(try request.node.integer("axis", or: 0), rank: value.rank)
        let size = value.shape[axis]
        let places = try evaluation.integers(1).map { place -> Int in
            guard (-size..<size).contains(place) else { throw NodeProblem("there is no index \(place) among \(size)") }
            return place < 0 ? place + size : place
        }
        guard !places.isEmpty else { return nil }
        var axes = [[Int]?](repeating: nil, count: value.rank)
        axes[axis] = places
        let part = read(value, axes, name: request.name + ".read", &builder)
        let shape = value.shape[..<axis] + indices.shape + value.shape[(axis + 1)...]
        return [builder.reshape(part, to: Array(shape), name: request.name)]
    }

    private static let pad: Rule = { request, builder in
        guard let value = request.planned(), let evaluation = try request.evaluation() else { return nil }
        let padding = try Interpreter.padding(evaluation, rank: value.rank)
        let axes = try value.shape.indices.map { axis in
            try Interpreter.paddedPlaces(padding, axis: axis, size: value.shape[axis])
        }
        guard !axes.contains(where: \.isEmpty) else { return nil }
        return [read(value, axes, fill: padding.value?.floats.first ?? 0, name: request.name, &builder)]
    }

    private static let expand: Rule = { request, builder in
        guard var value = request.planned(), let evaluation = try request.evaluation() else { return nil }
        let shape = try Interpreter.broadcastShape([value.shape, try evaluation.integers(1)])
        if shape.count > value.rank {
            value = builder.reshape(
                value, to: [Int](repeating: 1, count: shape.count - value.rank) + value.shape,
                name: request.name + ".axes")
        }
        let axes = zip(value.shape, shape).map { size, wanted in
            size == wanted ? nil : [Int](repeating: 0, count: wanted)
        }
        return [read(value, axes, name: request.name, &builder)]
    }

    private static let tile: Rule = { request, builder in
        guard let value = request.planned(), let evaluation = try request.evaluation() else { return nil }
        let repeats = try evaluation.integers(1)
        guard repeats.count == value.rank, repeats.allSatisfy({ $0 > 0 }) else { return nil }
        try Evaluation.checkedCount(
            zip(repeats, value.shape).map { $0.multipliedReportingOverflow(by: $1).partialValue })
        let axes = zip(value.shape, repeats).map { size, count -> [Int]? in
            count == 1 ? nil : (0..<count).flatMap { _ in 0..<size }
        }
        return [read(value, axes, name: request.name, &builder)]
    }

    private static let transpose: Rule = { request, _ in
        guard var value = request.planned() else { return nil }
        let permutation = try request.node.integers("perm") ?? Array((0..<value.rank).reversed())
        guard permutation.sorted() == Array(0..<value.rank) else {
            throw NodeProblem("\(permutation) is no order of the axes of \(value.shape)")
        }
        // Nothing is moved before somebody needs another order.
        value.order = value.order.map { axis in permutation.firstIndex(of: axis) ?? axis }
        value.shape = permutation.map { value.shape[$0] }
        return [value]
    }

    private static let concatenation: Rule = { request, builder in
        var values: [PlannedValue] = []
        for (slot, operand) in request.operands.enumerated() {
            switch operand {
            case .planned(let value)?: values.append(value)
            case .constant(let constant)? where constant.kind.isFloatingPoint && !constant.shape.contains(0):
                values.append(try builder.value(of: constant, name: request.node.inputs[slot]))
            default: return nil
            }
        }
        guard let first = request.operands.indices.compactMap({ request.planned($0) }).first,
            let evaluation = try request.evaluation(without: Set(request.operands.indices))
        else { return nil }
        let axis = try evaluation.axis(try request.node.integer("axis", or: 1), rank: first.rank)
        var shape = first.shape
        shape[axis] = 0
        for value in values {
            guard value.rank == first.rank, shape.indices.allSatisfy({ $0 == axis || value.shape[$0] == shape[$0] })
            else {
                throw NodeProblem(
                    "shapes \(values.map { "\($0.shape)" }.joined(separator: " and ")) do not fit side by side")
            }
            shape[axis] += value.shape[axis]
        }
        if axis == 1, let blocks = spaceToDepth(values, &builder) {
            return [
                builder.append(
                    SpaceToDepth(block: 2, order: .columns), [blocks], shape: shape, order: blocks.order,
                    name: request.name)
            ]
        }
        let lying = values.map { builder.arrange($0, first.order) }
        let place = first.place(ofAxis: axis)
        return [
            builder.append(
                Concatenation(axis: place == first.rank - 1 ? nil : place), lying, shape: shape, order: first.order,
                name: request.name)
        ]
    }

    /// The map of which four values are every second pixel, in the order of YOLOX's and YOLOv5's first layers.
    private static func spaceToDepth(_ values: [PlannedValue], _ builder: inout StageBuilder) -> PlannedValue? {
        guard values.count == 4 else { return nil }
        var source: Graph.Port?
        for (index, value) in values.enumerated() {
            // Parts of parts: a slice along each axis.
            var node = builder.maker(value), rows: [Int]?, columns: [Int]?
            guard value.isChannelsLast, value.rank == 4 else { return nil }
            while let read = node.operation as? IndexedRead, read.axes.count == 4, read.axes[0] == nil,
                read.axes[3] == nil
            {
                guard (rows == nil || read.axes[1] == nil) && (columns == nil || read.axes[2] == nil) else {
                    return nil
                }
                rows = read.axes[1] ?? rows
                columns = read.axes[2] ?? columns
                if rows != nil, columns != nil { break }
                node = builder.nodes[node.inputs[0].node]
            }
            func isEverySecond(_ places: [Int]?, from start: Int, count: Int) -> Bool {
                places == (0..<count).map { start + 2 * $0 }
            }
            guard node.operation is IndexedRead, isEverySecond(rows, from: index % 2, count: value.shape[2]),
                isEverySecond(columns, from: index / 2, count: value.shape[3]),
                source == nil || source == node.inputs[0]
            else { return nil }
            source = node.inputs[0]
        }
        guard let source, var map = values.first else { return nil }
        map.port = source
        map.shape[2] *= 2
        map.shape[3] *= 2
        return map
    }

    /// Blocks of pixels as channels or the other way, by axes of their own.
    private static func blocks(
        _ split: @escaping @Sendable ([Int], Int, ONNXNode) throws -> (parts: [Int], order: [Int], shape: [Int])?
    ) -> Rule {
        { request, builder in
            guard let value = request.planned(), value.rank == 4 else { return nil }
            let block = try request.node.integer("blocksize", or: 1)
            guard block > 0, let (parts, order, shape) = try split(value.shape, block, request.node) else { return nil }
            let apart = builder.reshape(builder.plain(value), to: parts, name: request.name + ".parts")
            let moved = builder.append(
                Transposition(order), [builder.plain(apart)], shape: order.map { parts[$0] },
                name: request.name + ".order")
            return [builder.reshape(moved, to: shape, name: request.name)]
        }
    }

    static let shapes: [String: Rule] = [
        "Reshape": reshape { evaluation, shape in
            guard let wanted = try evaluation.integers(1, orAttribute: "shape") else {
                throw NodeProblem("it is not said to which shape")
            }
            return try Interpreter.reshapedSizes(wanted, of: shape, keepsZero: try evaluation.node.flag("allowzero"))
        },
        "Flatten": reshape { evaluation, shape in
            var axis = try evaluation.node.integer("axis", or: 1)
            if axis < 0 { axis += shape.count }
            guard (0...shape.count).contains(axis) else { throw NodeProblem("there is no axis \(axis) in \(shape)") }
            return [shape[..<axis].reduce(1, *), shape[axis...].reduce(1, *)]
        },
        "Squeeze": reshape { evaluation, shape in
            try Interpreter.squeezed(shape, axes: try evaluation.integers(1, orAttribute: "axes"), evaluation)
        },
        "Unsqueeze": reshape { evaluation, shape in
            try Interpreter.unsqueezed(shape, axes: try evaluation.integers(1, orAttribute: "axes") ?? [], evaluation)
        },
        "Transpose": transpose, "Concat": concatenation, "Slice": slice, "Split": split, "Gather": gather, "Pad": pad,
        "Expand": expand, "Tile": tile,
        "DepthToSpace": blocks { shape, block, node in
            guard shape[1].isMultiple(of: block * block) else { return nil }
            let (n, c, h, w) = (shape[0], shape[1] / (block * block), shape[2], shape[3])
            let isColumnRow = try node.text("mode", or: "DCR") == "CRD"
            return (
                isColumnRow ? [n, c, block, block, h, w] : [n, block, block, c, h, w],
                isColumnRow ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2], [n, c, h * block, w * block]
            )
        },
        "SpaceToDepth": blocks { shape, block, node in
            guard try node.text("mode", or: "DCR") == "DCR", shape[2].isMultiple(of: block),
                shape[3].isMultiple(of: block)
            else { return nil }
            let (n, c, h, w) = (shape[0], shape[1], shape[2] / block, shape[3] / block)
            return ([n, c, h, block, w, block], [0, 3, 5, 1, 2, 4], [n, c * block * block, h, w])
        },
    ]
}
