import NeedletailCheckpoints
import NeedletailImages
import NeedletailKernels
import NeedletailRandom

extension ONNXNetwork {
    /// The network for one photograph at a time, where the file states that it takes several; otherwise the network itself.
    ///
    /// Numbers that stand for all images, such as those of a `Reshape`, are divided by that of the images, as the shapes say
    /// that the network has for several and for one. Both are then given the same noise, and have to compute the same.
    ///
    /// - Throws: ``ONNXError`` when images are not computed apart from each other.
    public func takingOneImage(pool: ThreadPool) throws -> ONNXNetwork {
        guard let input = ONNXImageInput(self), let batch = input.batch, batch != 1 else { return self }
        let size = Image.Size(width: input.size.width ?? 640, height: input.size.height ?? 640)
        func refusal(_ problem: String) -> ONNXError {
            ONNXError(
                .unsupported, subject: path,
                problem: "it takes \(batch) images at a time, and cannot be computed for one: \(problem)",
                remedy: "Export it for one image, or with an open number of images.")
        }
        guard (2...Self.mostImages).contains(batch) else { throw refusal("these are more than \(Self.mostImages)") }
        let count = size.width * size.height * input.channels
        var stream = RandomStream(seed: 0, name: "images")
        let noise = (0..<2 * count).map { _ in stream.nextUnit() }
        // The first and the last are told apart.
        func feeds(_ images: [Int]) -> [String: ONNXFeed] {
            self.feeds(input, size: size, count: images.count) { target in
                for (slot, image) in images.enumerated() {
                    for index in 0..<count { target[slot * count + index] = noise[image * count + index] }
                }
            }
        }
        let all = feeds((0..<batch).map { $0 == batch - 1 ? 1 : 0 })
        var builder = StageBuilder(self, given: all.mapValues { ONNXSession.KnownValue($0) }, known: [:])
        _ = try builder.build(nodes)
        // What the shapes hold for is this size.
        func one(_ port: Port, shape: [Int]? = nil) -> Port {
            var port = port
            port.shape = (shape.map { $0.map(Optional.some) } ?? port.shape).map { sizes in
                sizes.first == batch ? [1] + sizes.dropFirst() : sizes
            }
            return port
        }
        let network = ONNXNetwork(
            self, reducedBy: BatchReduction(batch: batch, shapes: builder.shapes),
            inputs: inputs.map { one($0, shape: all[$0.name]?.shape) }, outputs: outputs.map { one($0) })
        do {
            let wanted = try run(feeds: all, pool: pool)
            for (slot, image) in [(0, 0), (batch - 1, 1)] {
                let found = try network.run(feeds: feeds([image]), pool: pool)
                for port in outputs {
                    guard let several = wanted[port.name], let single = found[port.name],
                        several.shape.first == batch, case let part = several.part(slot, axis: 0),
                        part.shape == single.shape
                    else { throw refusal("its output '\(port.name)' has no part for each") }
                    let greatest = part.floats.lazy.map(abs).max() ?? 0
                    guard zip(part.floats, single.floats).allSatisfy({ abs($0 - $1) <= 1e-3 * max(greatest, 1e-6) })
                    else { throw refusal("its output '\(port.name)' would be another") }
                }
            }
        } catch let error as ONNXError where error.kind == .malformed {
            throw refusal("\(error.subject.replacing("\(path): ", with: "")): \(error.problem)")
        }
        return network
    }

    /// More cannot be meant for photographs.
    private static let mostImages = 1024
}

/// How a network that is stated for several images is read for one.
struct BatchReduction {
    /// The number of images that the file states.
    let batch: Int
    /// The shapes of its values then.
    let shapes: [String: [Int]]
    /// Where the images are a part of an axis, the size of the part before them.
    private var inner: [String: Int] = [:]

    init(batch: Int, shapes: [String: [Int]]) { (self.batch, self.shapes) = (batch, shapes) }

    /// What a node reads, with numbers that stand for all images made those of one.
    mutating func operands(of node: ONNXNode, _ operands: [StageBuilder.Binding?]) throws -> [StageBuilder.Binding?] {
        var operands = operands
        let found = operands.indices.compactMap { slot -> (slot: Int, axis: Int, shape: [Int])? in
            guard case .planned(let value)? = operands[slot], let all = shapes[node.inputs[slot]],
                let axis = axis(all, value.shape)
            else { return nil }
            return (slot, axis, all)
        }.first
        guard let (slot, axis, shape) = found, let output = node.outputs.first, let result = shapes[output] else {
            return operands
        }
        let part = inner[node.inputs[slot], default: 1]
        switch node.kind {
        case "Reshape", "Flatten", "Squeeze", "Unsqueeze":
            // The same numbers lie before the images.
            let before = shape[..<axis].reduce(1, *) * part
            guard let target = result.indices.last(where: { result[..<$0].reduce(1, *) <= before }) else { break }
            inner[output] = before / result[..<target].reduce(1, *)
            if node.kind == "Reshape" { operands[1] = try sizes(operands[1], for: result, axis: target) }
        case "Transpose":
            let permutation = try node.integers("perm") ?? Array(shape.indices.reversed())
            if permutation.contains(axis) { inner[output] = part }
        default:
            let target = axis + result.count - shape.count
            if result.indices.contains(target), result[target] == shape[axis] {
                for output in node.outputs { inner[output] = part }
            }
            let last = operands.count - 1
            if node.kind == "Expand" || node.kind == "Resize" {
                operands[last] = try sizes(operands[last], for: result, axis: target)
            } else if Self.combining.contains(node.kind) {
                // What is made as often as there are images, beside what is there for each.
                for other in operands.indices { operands[other] = try first(of: operands[other], axis, shape.count) }
            }
        }
        return operands
    }

    private static let combining: Set<String> = ["Concat", "Add", "Sub", "Mul", "Div", "Min", "Max", "Pow", "Where"]

    /// Sizes with an axis for one image in place of that for all.
    private func sizes(
        _ operand: StageBuilder.Binding?, for shape: [Int], axis: Int
    ) throws -> StageBuilder.Binding? {
        guard case .constant(let constant)? = operand, !constant.kind.isFloatingPoint, constant.shape == [shape.count],
            shape.indices.contains(axis)
        else { return operand }
        var sizes = try constant.tensor().floats.map { Int64($0) }
        guard sizes[axis] == shape[axis], shape[axis] > 0, shape[axis].isMultiple(of: batch) else { return operand }
        sizes[axis] /= Int64(batch)
        return .constant(ONNXConstant(ONNXTensor(sizes, shape: constant.shape)))
    }

    /// The first part of a constant that is the same for all images.
    private func first(of operand: StageBuilder.Binding?, _ axis: Int, _ rank: Int) throws -> StageBuilder.Binding? {
        guard case .constant(let constant)? = operand, constant.shape.count == rank, constant.shape[axis] == batch
        else {
            return operand
        }
        let tensor = try constant.tensor()
        let parts = (0..<batch).map { tensor.part($0, axis: axis) }
        return parts.allSatisfy { $0 == parts[0] } ? .constant(ONNXConstant(parts[0])) : operand
    }

    /// The axis that the images are along; nil where there is none.
    private func axis(_ all: [Int], _ one: [Int]) -> Int? {
        guard all.count == one.count else { return nil }
        let others = all.indices.filter { all[$0] != one[$0] }
        return others.count == 1 && all[others[0]] == batch * one[others[0]] ? others[0] : nil
    }
}

extension ONNXTensor {
    /// One place of an axis, which stays.
    fileprivate func part(_ place: Int, axis: Int) -> ONNXTensor {
        var view = StridedView(of: shape)
        view.shape[axis] = 1
        view.offset = place * view.strides[axis]
        return gathered(view)
    }
}
