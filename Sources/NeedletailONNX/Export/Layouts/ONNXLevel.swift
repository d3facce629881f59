import NeedletailCheckpoints
import NeedletailKernels
import NeedletailModels

/// A level that a detector predicts on, where its decoding is written.
struct ONNXLevel {
    let writer: ONNXWriter
    /// The place among the detector's levels.
    let index: Int
    let name: String
    /// Pixels of the input from one place to the next, as the network has them.
    let stride: Int
    /// What is predicted, maps by kind.
    let values: [DenseNetwork.Prediction: String]
    /// Of the map, where it is not open.
    let map: Extent
    let input: ONNXInput

    /// What the places of a level say.
    struct Decoded {
        /// `[batch, anchors, 2, places]` in pixels, in the form that the architecture states.
        var first: String
        var second: String
        /// `[batch, anchors, classes, places]`: what is held against the thresholds.
        var scores: String
    }

    /// Pixels of the input from one place to the next.
    enum Step {
        case fixed(Float)
        /// The input's size divided by the map's, as a whole number where it is rounded down.
        case share(isRounded: Bool)
    }

    func node(_ kind: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:]) -> String {
        writer.node(kind, inputs, attributes, named: "decoding.\(name)")
    }

    func float(_ value: Float) -> String { writer.float(value, named: "decoding.\(name)/number") }

    /// What is predicted as `[batch, anchors, numbers, places]`, row by row.
    func numbers(_ prediction: DenseNetwork.Prediction, anchors: Int = 1, count: Int) -> String {
        writer.reshape(
            values[prediction] ?? "", [0, anchors, count, -1], named: "decoding.\(name)/\(prediction.rawValue)")
    }

    /// The first or the last two of four numbers.
    func pair(_ value: String, _ range: Range<Int>) -> String {
        writer.slice(
            value, axes: [2], from: [range.lowerBound], to: [range.upperBound], named: "decoding.\(name)/pair")
    }

    /// A number or two for each anchor, `[1, anchors, 2, 1]`.
    func perAnchor(_ values: [SIMD2<Float>]) -> String {
        writer.floats(
            values.flatMap { [$0.x, $0.y] }, [1, values.count, 2, 1], named: "decoding.\(name)/anchors")
    }

    /// Where the places lie in the input, in pixels: `[1, 1, 2, places]`.
    ///
    /// - Parameter offset: From the corner of a cell, in cells.
    func centers(offset: Float = 0, step: Step) -> String {
        let name = "decoding.\(name)/centers"
        guard input.isSizeFree else {
            let size = steps(step)
            func row(_ place: (Int) -> Int, _ step: Float) -> [Float] {
                (0..<map.area).map { (Float(place($0)) + offset) * step }
            }
            return writer.floats(
                row({ $0 % map.width }, size.x) + row({ $0 / map.width }, size.y), [1, 1, 2, map.area], named: name)
        }
        let source = values[.regression] ?? ""
        func count(_ axis: Int) -> String {
            writer.reshape(writer.sizes(of: source, axis..<axis + 1, named: name), [], named: name)
        }
        func line(_ axis: Int, _ shape: [Int]) -> String {
            let ends = [
                writer.integers([0], [], named: name + "/zero"), count(axis),
                writer.integers([1], [], named: name + "/one"),
            ]
            let numbers = writer.cast(writer.node("Range", ends, named: name), to: .float32, named: name)
            return writer.reshape(numbers, shape, named: name)
        }
        func product(_ value: String, _ factor: String) -> String { writer.node("Mul", [value, factor], named: name) }
        func sum(_ value: String, _ other: String) -> String { writer.node("Add", [value, other], named: name) }
        let columns = line(3, [1, 1, -1]), rows = line(2, [1, -1, 1]), zero = float(0)
        let grid = writer.concatenate(
            [sum(columns, product(rows, zero)), sum(rows, product(columns, zero))], axis: 0, named: name)
        var places = writer.reshape(grid, [1, 1, 2, -1], named: name)
        if offset != 0 { places = sum(places, float(offset)) }
        return product(places, openSteps(step, source: source, name: name))
    }

    /// Width and height of a cell in pixels.
    private func steps(_ step: Step) -> SIMD2<Float> {
        switch step {
        case .fixed(let size): SIMD2(size, size)
        case .share(true): SIMD2(Float(input.size.width / map.width), Float(input.size.height / map.height))
        case .share(false):
            SIMD2(Float(input.size.width) / Float(map.width), Float(input.size.height) / Float(map.height))
        }
    }

    private func openSteps(_ step: Step, source: String, name: String) -> String {
        switch step {
        case .fixed(let size): return float(size)
        case .share(let isRounded):
            var sizes = [ONNXInput.name, source].map { writer.sizes(of: $0, 2..<4, named: name) }
            if !isRounded { sizes = sizes.map { writer.cast($0, to: .float32, named: name) } }
            let share = writer.gather(writer.node("Div", sizes, named: name), [1, 0], axis: 0, named: name)
            return writer.reshape(writer.cast(share, to: .float32, named: name), [1, 1, 2, 1], named: name)
        }
    }

    /// A decoded value as `[batch, numbers, anchors · places]`.
    func row(_ value: String, anchors: Int, count: Int) -> String {
        let name = "decoding.\(name)/row"
        let turned = anchors == 1 ? value : writer.transpose(value, [0, 2, 1, 3], named: name)
        return writer.reshape(turned, [0, count, -1], named: name)
    }
}
