import NeedletailCheckpoints
import NeedletailKernels
import NeedletailPlatform

extension Interpreter {
    /// How a `Resize` or `Upsample` makes a tensor of another size, axis by axis.
    struct ResizePlan {
        var shape: [Int]
        /// Nil for axes that stay as they are.
        var tables: [ResizeTable?]
        var extrapolation: Float
    }

    static func resizePlan(_ evaluation: Evaluation, of shape: [Int]) throws -> ResizePlan {
        let node = evaluation.node, rank = shape.count
        let isUpsample = node.kind == "Upsample", isOld = isUpsample || evaluation.version < 11
        var mode = ResizeTable.Mode()
        switch try node.text("mode", or: "nearest") {
        case "nearest": mode.interpolation = .nearest
        case "linear", "bilinear": mode.interpolation = .linear
        case "cubic", "bicubic": mode.interpolation = .cubic
        case let name: throw NodeProblem("resizing of the mode '\(name)' is not known", kind: .unsupported)
        }
        mode.coordinates = isOld ? "asymmetric" : try node.text("coordinate_transformation_mode", or: "half_pixel")
        mode.nearest = isOld ? "floor" : try node.text("nearest_mode", or: "round_prefer_floor")
        mode.cubicFactor = try node.float("cubic_coeff_a", or: -0.75)
        mode.excludesOutside = try node.flag("exclude_outside")
        mode.antialiases = try node.flag("antialias")

        let scaleSlot = isOld ? 1 : 2
        var scales = try node.floats("scales") ?? evaluation.optional(scaleSlot)?.floats
        if scales?.isEmpty == true { scales = nil }
        let axes =
            try node.integers("axes").map { try $0.map { try evaluation.axis($0, rank: rank) } } ?? Array(0..<rank)
        guard Set(axes).count == axes.count else { throw NodeProblem("an axis is named twice among \(axes)") }
        var target = shape
        var factors = [Float](repeating: 1, count: rank)
        if let sizes = evaluation.optional(3) == nil ? nil : try evaluation.integers(3), !sizes.isEmpty {
            guard sizes.count == axes.count else { throw NodeProblem("\(sizes) are not sizes of \(axes.count) axes") }
            let policy = try node.text("keep_aspect_ratio_policy", or: "stretch")
            let ratios = zip(axes, sizes).map { Float($1) / Float(shape[$0]) }
            for (index, axis) in axes.enumerated() {
                let factor = policy == "not_larger" ? ratios.min() : policy == "not_smaller" ? ratios.max() : nil
                factors[axis] = factor ?? ratios[index]
                target[axis] =
                    factor.map { Int(saturating: max((Float(shape[axis]) * $0).rounded(), 1)) } ?? sizes[index]
            }
        } else if let scales {
            guard scales.count == axes.count else {
                throw NodeProblem("\(scales) are not scales of \(axes.count) axes")
            }
            for (axis, scale) in zip(axes, scales) {
                guard scale > 0, scale < 1e6 else { throw NodeProblem("nothing can be resized by \(scale)") }
                factors[axis] = scale
                target[axis] = Int(saturating: (Float(shape[axis]) * scale).rounded(.down))
            }
        } else {
            throw NodeProblem("it is not said to which size")
        }
        try Evaluation.checkedCount(target)
        let region = isOld ? nil : evaluation.optional(1)?.floats
        var tables = [ResizeTable?](repeating: nil, count: rank)
        for (index, axis) in axes.enumerated() {
            let isCropped = mode.coordinates == "tf_crop_and_resize"
            guard target[axis] != shape[axis] || factors[axis] != 1 || isCropped else { continue }
            var part: (start: Float, end: Float) = (0, 1)
            if isCropped {
                guard let region, region.count == 2 * axes.count else { throw NodeProblem("its region is missing") }
                part = (region[index], region[axes.count + index])
            }
            tables[axis] = try ResizeTable(
                input: shape[axis], output: target[axis], scale: factors[axis], region: part, mode: mode)
        }
        return ResizePlan(
            shape: target, tables: tables,
            extrapolation: try node.float("extrapolation_value", or: 0))
    }

    private static func resized(_ tensor: ONNXTensor, _ plan: ResizePlan) -> ONNXTensor {
        var shape = tensor.shape, values = tensor.floats
        for (axis, table) in plan.tables.enumerated() {
            guard let table else { continue }
            let inner = shape[(axis + 1)...].reduce(1, *), outer = shape[..<axis].reduce(1, *), size = shape[axis]
            var result: [Float] = []
            result.reserveCapacity(outer * table.taps.count * inner)
            for row in 0..<outer {
                for taps in table.taps {
                    for column in 0..<inner {
                        result.append(
                            taps.reduce(Float(0)) { $0 + values[(row * size + $1.place) * inner + column] * $1.weight })
                    }
                }
            }
            shape[axis] = table.taps.count
            values = result
        }
        // A place that lies outside along any axis is no mixture.
        if plan.tables.contains(where: { $0?.taps.contains(where: \.isEmpty) ?? false }) {
            let strides = StridedView(of: shape).strides
            for place in values.indices {
                let isOutside = plan.tables.enumerated().contains { axis, table in
                    table.map { $0.taps[place / strides[axis] % shape[axis]].isEmpty } ?? false
                }
                if isOutside { values[place] = plan.extrapolation }
            }
        }
        return ONNXTensor(values, shape: shape, kind: tensor.kind)
    }

    private static func resize(_ evaluation: Evaluation) throws -> [ONNXTensor] {
        let tensor = try evaluation.tensor()
        let result = resized(tensor, try resizePlan(evaluation, of: tensor.shape))
        if case .integers = tensor.numbers {
            return [ONNXTensor(result.floats.map { $0.rounded() }, shape: result.shape).cast(to: tensor.kind)]
        }
        return [result]
    }

    static let resizing: [String: Operation] = ["Resize": resize, "Upsample": resize]
}
