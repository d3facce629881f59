import NeedletailCheckpoints
import NeedletailKernels

/// Operators that take parts of tensors, put parts into them, and pad them.
extension Interpreter {
    /// The part of a shape that a `Slice` takes.
    static func slice(_ evaluation: Evaluation, of shape: [Int]) throws -> StridedView {
        guard let starts = try evaluation.integers(1, orAttribute: "starts"),
            let ends = try evaluation.integers(2, orAttribute: "ends")
        else { throw NodeProblem("it is not said which part") }
        let named = try evaluation.integers(3, orAttribute: "axes") ?? Array(starts.indices)
        let steps =
            evaluation.optional(4) == nil ? [Int](repeating: 1, count: starts.count) : try evaluation.integers(4)
        guard ends.count == starts.count, named.count == starts.count, steps.count == starts.count else {
            throw NodeProblem("its starts, ends, axes and steps are not as many")
        }
        _ = try evaluation.axes(named, rank: shape.count)
        var view = StridedView(of: shape)
        for (index, axis) in named.enumerated() {
            let axis = try evaluation.axis(axis, rank: shape.count), size = shape[axis], step = steps[index]
            guard step != 0, step != .min else { throw NodeProblem("a step of \(step) leads nowhere") }
            func place(_ index: Int, _ range: ClosedRange<Int>) -> Int {
                let index = index < 0 ? index + size : index
                return min(max(index, range.lowerBound), range.upperBound)
            }
            let start: Int, count: Int
            if step > 0 {
                start = place(starts[index], 0...size)
                count = (max(place(ends[index], 0...size) - start, 0) + step - 1) / step
            } else {
                start = place(starts[index], 0...max(size - 1, 0))
                count = size == 0 ? 0 : (max(start - place(ends[index], -1...size - 1), 0) - step - 1) / -step
            }
            view.shape[axis] = count
            if count > 0 { view.offset += start * view.strides[axis] }
            view.strides[axis] = count > 1 ? view.strides[axis] * step : view.strides[axis]
        }
        return view
    }

    /// An index that may count from the end, checked against a size.
    private static func place(_ index: Int, among size: Int) throws -> Int {
        guard (-size..<size).contains(index) else { throw NodeProblem("there is no index \(index) among \(size)") }
        return index < 0 ? index + size : index
    }

    /// The places of runs of a length.
    private static func runs(from starts: [Int], length: Int) throws -> [Int] {
        if length == 1 { return starts }
        var places: [Int] = []
        places.reserveCapacity(try Evaluation.checkedCount([starts.count, length]))
        for start in starts { places += start..<start + length }
        return places
    }

    private static func scatter(_ evaluation: Evaluation, _ reduction: String, at targets: [Int]) throws -> ONNXTensor {
        let data = try evaluation.tensor(0), updates = try evaluation.tensor(2)
        guard updates.count == targets.count else {
            throw NodeProblem("there are not as many values as places for them")
        }
        func merged<Number: Comparable & Numeric>(_ values: [Number], _ updates: [Number]) throws -> [Number] {
            var values = values
            func merge(_ function: (Number, Number) -> Number) {
                for (place, update) in zip(targets, updates) { values[place] = function(values[place], update) }
            }
            switch reduction {
            case "none": merge { $1 }
            case "add": merge { $0 + $1 }
            case "mul": merge { $0 * $1 }
            case "max": merge { max($0, $1) }
            case "min": merge { min($0, $1) }
            default: throw NodeProblem("the reduction '\(reduction)' is not known", kind: .unsupported)
            }
            return values
        }
        switch (data.numbers, updates.numbers) {
        case (.floats(let values), .floats(let updates)):
            return ONNXTensor(try merged(values, updates), shape: data.shape, kind: data.kind)
        case (.integers(let values), .integers(let updates)):
            guard reduction == "none" || data.kind != .int64 else {
                // Sums of hostile numbers must not end the program.
                let floats = try merged(values.map(Double.init), updates.map(Double.init))
                return ONNXTensor(floats.map { Int64(exactly: $0) ?? 0 }, shape: data.shape, kind: data.kind)
            }
            return ONNXTensor(try merged(values, updates), shape: data.shape, kind: data.kind).wrapped
        default: throw NodeProblem("it is given \(data.kind) and \(updates.kind), which are not of one kind")
        }
    }

    /// For each place of `indices`, its own place in a tensor of `shape` with the index along an axis.
    private static func elements(_ indices: ONNXTensor, _ values: [Int], in shape: [Int], axis: Int) throws -> [Int] {
        guard indices.rank == shape.count else { throw NodeProblem("its indices have not as many axes as its input") }
        for other in shape.indices where other != axis && indices.shape[other] > shape[other] {
            throw NodeProblem("its indices reach beyond its input of \(shape)")
        }
        let places = try values.map { try place($0, among: shape[axis]) }
        var view = StridedView(of: shape)
        let stride = view.strides[axis]
        view.strides[axis] = 0
        view.shape = indices.shape
        var result: [Int] = []
        result.reserveCapacity(places.count)
        view.forEachRun { start, step, count in
            for offset in 0..<count { result.append(start + offset * step + places[result.count] * stride) }
        }
        return result
    }

    /// Where the tuples in the last axis of `indices` lead: the first number of each, and numbers from there on.
    private static func tuples(_ indices: ONNXTensor, _ values: [Int], in shape: [Int], batchRank: Int) throws -> (
        starts: [Int], length: Int
    ) {
        guard indices.rank > batchRank, let depth = indices.shape.last, batchRank + depth <= shape.count,
            indices.shape.prefix(batchRank).elementsEqual(shape.prefix(batchRank))
        else { throw NodeProblem("its indices of \(indices.shape) do not fit its input of \(shape)") }
        let strides = StridedView(of: shape).strides
        let length = shape[(batchRank + depth)...].reduce(1, *)
        let count = indices.shape.dropLast().reduce(1, *)
        let rowsPerBatch = indices.shape[batchRank..<indices.rank - 1].reduce(1, *)
        let batchStride = batchRank == 0 ? 0 : strides[batchRank - 1]
        return (
            try (0..<count).map { row in
                var start = rowsPerBatch == 0 ? 0 : row / rowsPerBatch * batchStride
                for step in 0..<depth {
                    let axis = batchRank + step
                    start += try place(values[row * depth + step], among: shape[axis]) * strides[axis]
                }
                return start
            }, length
        )
    }

    private static let scatterElements: Operation = { evaluation in
        let tensor = try evaluation.tensor(), indices = try evaluation.tensor(1)
        let axis = try evaluation.axis(try evaluation.node.integer("axis", or: 0), rank: tensor.rank)
        return [
            try scatter(
                evaluation, try evaluation.node.text("reduction", or: "none"),
                at: try elements(indices, try evaluation.integers(1), in: tensor.shape, axis: axis))
        ]
    }

    static let indexing: [String: Operation] = [
        "Slice": { evaluation in
            let tensor = try evaluation.tensor()
            return [tensor.gathered(try slice(evaluation, of: tensor.shape))]
        },
        "Gather": { evaluation in
            let tensor = try evaluation.tensor(), indices = try evaluation.tensor(1)
            let axis = try evaluation.axis(try evaluation.node.integer("axis", or: 0), rank: tensor.rank)
            let places = try evaluation.integers(1).map { try place($0, among: tensor.shape[axis]) }
            let outer = tensor.shape[..<axis].reduce(1, *), inner = tensor.shape[(axis + 1)...].reduce(1, *)
            let shape = tensor.shape[..<axis] + indices.shape + tensor.shape[(axis + 1)...]
            try Evaluation.checkedCount(Array(shape))
            let size = tensor.shape[axis]
            let starts = (0..<outer).flatMap { row in places.map { (row * size + $0) * inner } }
            return [tensor.picked(try runs(from: starts, length: inner), shape: Array(shape))]
        },
        "GatherElements": { evaluation in
            let tensor = try evaluation.tensor(), indices = try evaluation.tensor(1)
            let axis = try evaluation.axis(try evaluation.node.integer("axis", or: 0), rank: tensor.rank)
            return [
                tensor.picked(
                    try elements(indices, try evaluation.integers(1), in: tensor.shape, axis: axis),
                    shape: indices.shape)
            ]
        },
        "GatherND": { evaluation in
            let tensor = try evaluation.tensor(), indices = try evaluation.tensor(1)
            let batchRank = try evaluation.node.integer("batch_dims", or: 0)
            guard (0...min(tensor.rank, indices.rank)).contains(batchRank) else {
                throw NodeProblem("there are no \(batchRank) axes of batches")
            }
            let (starts, length) = try tuples(
                indices, try evaluation.integers(1), in: tensor.shape, batchRank: batchRank)
            let depth = indices.shape.last ?? 0
            return [
                tensor.picked(
                    try runs(from: starts, length: length),
                    shape: indices.shape.dropLast() + tensor.shape[(batchRank + depth)...])
            ]
        },
        "Scatter": scatterElements, "ScatterElements": scatterElements,
        "ScatterND": { evaluation in
            let tensor = try evaluation.tensor(), indices = try evaluation.tensor(1)
            let (starts, length) = try tuples(indices, try evaluation.integers(1), in: tensor.shape, batchRank: 0)
            return [
                try scatter(
                    evaluation, try evaluation.node.text("reduction", or: "none"),
                    at: try runs(from: starts, length: length))
            ]
        },
        "Compress": { evaluation in
            let axis = try evaluation.node.integer("axis")
            var tensor = try evaluation.tensor()
            if axis == nil { tensor = tensor.reshaped([tensor.count]) }
            let place = try evaluation.axis(axis ?? 0, rank: tensor.rank)
            let kept = try evaluation.integers(1).enumerated().filter { $0.element != 0 }.map(\.offset)
            guard kept.allSatisfy({ $0 < tensor.shape[place] }) else { throw NodeProblem("its condition is too long") }
            return [
                try call(
                    "Gather", [tensor, ONNXTensor(kept.map(Int64.init), shape: [kept.count])], like: evaluation,
                    ["axis": .integer(Int64(place))])
            ]
        },
        "OneHot": { evaluation in
            let indices = try evaluation.tensor(0), values = try evaluation.tensor(2)
            guard let depth = try evaluation.tensor(1).floats.first, let size = Int(exactly: depth), size > 0,
                values.count == 2
            else { throw NodeProblem("it needs a positive depth and two values") }
            let axis = try evaluation.axis(try evaluation.node.integer("axis", or: -1), rank: indices.rank + 1)
            var shape = indices.shape
            shape.insert(size, at: axis)
            try Evaluation.checkedCount(shape)
            let inner = indices.shape[axis...].reduce(1, *), outer = indices.shape[..<axis].reduce(1, *)
            let wanted = indices.floats.map { value in value < 0 ? value + Float(size) : value }
            let places = (0..<outer).flatMap { row in
                (0..<size).flatMap { column in
                    (0..<inner).map { wanted[row * inner + $0] == Float(column) ? 1 : 0 }
                }
            }
            return [values.picked(places, shape: shape)]
        },
        "NonZero": { evaluation in
            let tensor = try evaluation.tensor()
            let numbers = tensor.floats
            let places = numbers.indices.filter { numbers[$0] != 0 }
            let strides = StridedView(of: tensor.shape).strides
            let values = tensor.shape.indices.flatMap { axis in
                places.map { Int64($0 / strides[axis] % max(tensor.shape[axis], 1)) }
            }
            return [ONNXTensor(values, shape: [tensor.rank, places.count])]
        },
        "Trilu": { evaluation in
            let tensor = try evaluation.tensor(), isUpper = try evaluation.node.flag("upper", or: true)
            let offset = evaluation.optional(1) == nil ? 0 : try evaluation.scalar(1)
            guard tensor.rank >= 2 else { throw NodeProblem("a matrix has two axes") }
            let rows = tensor.shape[tensor.rank - 2], columns = tensor.shape[tensor.rank - 1]
            let mask = (0..<tensor.count).map { place -> Bool in
                let column = place % columns, row = place / columns % rows
                let (distance, overflows) = (column - row).subtractingReportingOverflow(offset)
                return overflows ? isUpper == (offset < 0) : isUpper ? distance >= 0 : distance <= 0
            }
            switch tensor.numbers {
            case .floats(let values):
                return [ONNXTensor(zip(values, mask).map { $1 ? $0 : 0 }, shape: tensor.shape, kind: tensor.kind)]
            case .integers(let values):
                return [ONNXTensor(zip(values, mask).map { $1 ? $0 : 0 }, shape: tensor.shape, kind: tensor.kind)]
            }
        },
        "Pad": { evaluation in
            let tensor = try evaluation.tensor()
            let padding = try Self.padding(evaluation, rank: tensor.rank)
            return [try padded(tensor, padding)]
        },
    ]

    /// What a `Pad` adds, or takes away, on both sides of each axis.
    struct PadAmounts {
        var before: [Int]
        var after: [Int]
        var mode: String
        /// A single number; nil for 0.
        var value: ONNXTensor?
    }

    static func padding(_ evaluation: Evaluation, rank: Int) throws -> PadAmounts {
        guard let amounts = try evaluation.integers(1, orAttribute: evaluation.version < 2 ? "paddings" : "pads") else {
            throw NodeProblem("it is not said how much to add")
        }
        let named = evaluation.optional(3) == nil ? Array(0..<rank) : try evaluation.integers(3)
        guard amounts.count == 2 * named.count else { throw NodeProblem("\(amounts) are not two numbers an axis") }
        var padding = PadAmounts(
            before: [Int](repeating: 0, count: rank), after: [Int](repeating: 0, count: rank),
            mode: try evaluation.node.text("mode", or: "constant"), value: evaluation.optional(2))
        if evaluation.version < 11, let value = evaluation.node.attributes["value"], case .float(let value) = value {
            padding.value = ONNXTensor([value], shape: [])
        }
        for (index, axis) in named.enumerated() {
            let axis = try evaluation.axis(axis, rank: rank)
            padding.before[axis] = amounts[index]
            padding.after[axis] = amounts[named.count + index]
        }
        return padding
    }

    /// The places of an axis that a padded one is made of; -1 for what is added.
    static func paddedPlaces(_ padding: PadAmounts, axis: Int, size: Int) throws -> [Int] {
        let before = padding.before[axis], after = padding.after[axis]
        let (sum, overflows) = before.addingReportingOverflow(after)
        let (total, overflowsToo) = size.addingReportingOverflow(sum)
        guard !overflows, !overflowsToo, total >= 0 else { throw NodeProblem("axis \(axis) would have no size") }
        try Evaluation.checkedCount([total])
        return try (0..<total).map { place in
            let index = place - before
            if (0..<size).contains(index) { return index }
            guard size > 0 || padding.mode == "constant" else { throw NodeProblem("there is nothing to repeat") }
            switch padding.mode {
            case "constant": return -1
            case "edge": return min(max(index, 0), size - 1)
            case "wrap": return (index % size + size) % size
            case "reflect":
                guard size > 1 else { return 0 }
                let period = 2 * (size - 1), step = (index % period + period) % period
                return step < size ? step : period - step
            default: throw NodeProblem("padding of the mode '\(padding.mode)' is not known", kind: .unsupported)
            }
        }
    }

    static func padded(_ tensor: ONNXTensor, _ padding: PadAmounts) throws -> ONNXTensor {
        /// For each axis the places in the tensor; -1 for what is added.
        let sources = try tensor.shape.enumerated().map { try paddedPlaces(padding, axis: $0, size: $1) }
        let shape = sources.map(\.count)
        let strides = StridedView(of: tensor.shape).strides
        let count = try Evaluation.checkedCount(shape)
        let outer = StridedView(of: shape).strides
        func filled<Number>(_ values: [Number], _ added: Number) -> [Number] {
            (0..<count).map { place in
                var source = 0
                for axis in shape.indices {
                    let index = sources[axis][place / outer[axis] % shape[axis]]
                    if index < 0 { return added }
                    source += index * strides[axis]
                }
                return values[source]
            }
        }
        switch tensor.numbers {
        case .floats(let values):
            return ONNXTensor(filled(values, padding.value?.floats.first ?? 0), shape: shape, kind: tensor.kind)
        case .integers(let values):
            var added: Int64 = 0
            if case .integers(let value)? = padding.value?.numbers { added = value.first ?? 0 }
            return ONNXTensor(filled(values, added), shape: shape, kind: tensor.kind)
        }
    }
}
