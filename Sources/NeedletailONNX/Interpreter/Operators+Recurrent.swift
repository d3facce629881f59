import NeedletailCheckpoints
import NeedletailPlatform

/// Layers that read a row of inputs one after the other and remember: LSTM, GRU and the plain one.
extension Interpreter {
    /// A function of each number of a gate.
    private typealias Gate = (Float) -> Float

    private static func gates(_ evaluation: Evaluation, count: Int, missing: [String]) throws -> [Gate] {
        guard case .texts(let names)? = evaluation.node.attributes["activations"], !names.isEmpty else {
            return try missing.map { try gate($0) }
        }
        guard names.count >= count else { throw NodeProblem("\(names.count) functions are not enough for its gates") }
        return try names.map { try gate($0) }
    }

    private static func gate(_ name: String) throws -> Gate {
        switch name.lowercased() {
        case "sigmoid": sigmoid
        case "tanh": { tanh($0) }
        case "relu": { max($0, 0) }
        default: throw NodeProblem("gates of the function '\(name)' are not computed", kind: .unsupported)
        }
    }

    /// What is the same for all kinds: directions, shapes, weights row by row.
    private struct Recurrence {
        let steps: Int, batch: Int, inputs: Int, hidden: Int, directions: Int
        let x: [Float], w: [Float], r: [Float], b: [Float]
        let lengths: [Int]
        let isReversed: [Bool]
        let gateCount: Int
        var initial: [Float]

        init(_ evaluation: Evaluation, gates: Int) throws {
            let input = try evaluation.tensor(0), weight = try evaluation.tensor(1),
                recurrent = try evaluation.tensor(2)
            guard try evaluation.node.integer("layout", or: 0) == 0 else {
                throw NodeProblem("rows of which the batch comes first are not computed", kind: .unsupported)
            }
            guard try evaluation.node.flag("input_forget") == false, evaluation.node.attributes["clip"] == nil else {
                throw NodeProblem("gates with limits are not computed", kind: .unsupported)
            }
            guard input.rank == 3, weight.rank == 3, recurrent.rank == 3 else {
                throw NodeProblem("its inputs are no rows")
            }
            steps = input.shape[0]
            batch = input.shape[1]
            inputs = input.shape[2]
            directions = weight.shape[0]
            hidden = recurrent.shape[2]
            gateCount = gates
            guard weight.shape == [directions, gates * hidden, inputs],
                recurrent.shape == [directions, gates * hidden, hidden]
            else { throw NodeProblem("weights of \(weight.shape) and \(recurrent.shape) do not fit each other") }
            let direction = try evaluation.node.text("direction", or: "forward")
            isReversed = direction == "bidirectional" ? [false, true] : [direction == "reverse"]
            guard isReversed.count == directions else {
                throw NodeProblem("it has weights for \(directions) directions")
            }
            x = try evaluation.floats(0)
            w = try evaluation.floats(1)
            r = try evaluation.floats(2)
            b = evaluation.optional(3)?.floats ?? [Float](repeating: 0, count: directions * 2 * gates * hidden)
            guard b.count == directions * 2 * gates * hidden else {
                throw NodeProblem("its biases do not fit its weights")
            }
            let lengths =
                evaluation.optional(4) == nil ? [Int](repeating: steps, count: batch) : try evaluation.integers(4)
            let range = 0...steps
            guard lengths.count == batch, lengths.allSatisfy({ range.contains($0) }) else {
                throw NodeProblem("its lengths do not fit \(steps) steps")
            }
            self.lengths = lengths
            initial = evaluation.optional(5)?.floats ?? [Float](repeating: 0, count: directions * batch * hidden)
            guard initial.count == directions * batch * hidden else {
                throw NodeProblem("its first state does not fit")
            }
            try Evaluation.checkedCount([steps, directions, batch, hidden])
        }

        /// The sums of a gate's weights with the input of a step, with one of the two biases.
        func inputSum(_ direction: Int, _ gate: Int, _ unit: Int, step: Int, row: Int) -> Float {
            let line = (direction * gateCount + gate) * hidden + unit, start = (step * batch + row) * inputs
            var sum = b[direction * 2 * gateCount * hidden + gate * hidden + unit]
            for index in 0..<inputs { sum += w[line * inputs + index] * x[start + index] }
            return sum
        }

        func recurrentSum(_ direction: Int, _ gate: Int, _ unit: Int, _ state: ArraySlice<Float>) -> Float {
            let line = (direction * gateCount + gate) * hidden + unit
            var sum: Float = 0
            for (index, value) in state.enumerated() { sum += r[line * hidden + index] * value }
            return sum
        }

        func recurrentBias(_ direction: Int, _ gate: Int, _ unit: Int) -> Float {
            b[direction * 2 * gateCount * hidden + (gateCount + gate) * hidden + unit]
        }

        /// Runs all steps: `next` gives a row's new state of its old one.
        func run(_ next: (_ direction: Int, _ step: Int, _ row: Int, _ state: ArraySlice<Float>) -> [Float]) -> (
            all: [Float], last: [Float]
        ) {
            var all = [Float](repeating: 0, count: steps * directions * batch * hidden), last = initial
            for direction in 0..<directions {
                for row in 0..<batch {
                    let place = (direction * batch + row) * hidden
                    for turn in 0..<lengths[row] {
                        let step = isReversed[direction] ? lengths[row] - 1 - turn : turn
                        let state = next(direction, step, row, last[place..<place + hidden])
                        last.replaceSubrange(place..<place + hidden, with: state)
                        let target = ((step * directions + direction) * batch + row) * hidden
                        all.replaceSubrange(target..<target + hidden, with: state)
                    }
                }
            }
            return (all, last)
        }

        func results(_ all: [Float], _ last: [[Float]]) -> [ONNXTensor] {
            [ONNXTensor(all, shape: [steps, directions, batch, hidden])]
                + last.map { ONNXTensor($0, shape: [directions, batch, hidden]) }
        }
    }

    static let recurrences: [String: Operation] = [
        "LSTM": { evaluation in
            let rows = try Recurrence(evaluation, gates: 4), hidden = rows.hidden
            let functions = try gates(
                evaluation, count: 3 * rows.directions, missing: ["Sigmoid", "Tanh", "Tanh", "Sigmoid", "Tanh", "Tanh"])
            var cells =
                evaluation.optional(6)?.floats ?? [Float](repeating: 0, count: rows.directions * rows.batch * hidden)
            guard cells.count == rows.directions * rows.batch * hidden else {
                throw NodeProblem("its first cells do not fit")
            }
            let peepholes = evaluation.optional(7)?.floats
            if let peepholes, peepholes.count != rows.directions * 3 * hidden {
                throw NodeProblem("its peepholes do not fit")
            }
            let (all, last) = rows.run { direction, step, row, state in
                let place = (direction * rows.batch + row) * hidden
                let (f, g, h) = (functions[3 * direction], functions[3 * direction + 1], functions[3 * direction + 2])
                return (0..<hidden).map { unit in
                    func sum(_ gate: Int) -> Float {
                        rows.inputSum(direction, gate, unit, step: step, row: row)
                            + rows.recurrentSum(direction, gate, unit, state)
                            + rows.recurrentBias(direction, gate, unit)
                    }
                    func peephole(_ gate: Int, _ cell: Float) -> Float {
                        peepholes.map { $0[(direction * 3 + gate) * hidden + unit] * cell } ?? 0
                    }
                    // ONNX's order of the gates: input, output, forget, cell.
                    let old = cells[place + unit]
                    let cell = f(sum(2) + peephole(2, old)) * old + f(sum(0) + peephole(0, old)) * g(sum(3))
                    cells[place + unit] = cell
                    return f(sum(1) + peephole(1, cell)) * h(cell)
                }
            }
            return rows.results(all, [last, cells])
        },
        "GRU": { evaluation in
            let rows = try Recurrence(evaluation, gates: 3), hidden = rows.hidden
            let functions = try gates(
                evaluation, count: 2 * rows.directions, missing: ["Sigmoid", "Tanh", "Sigmoid", "Tanh"])
            let resetsLast = try evaluation.node.flag("linear_before_reset")
            let (all, last) = rows.run { direction, step, row, state in
                let (f, g) = (functions[2 * direction], functions[2 * direction + 1])
                func gate(_ gate: Int, _ unit: Int) -> Float {
                    f(
                        rows.inputSum(direction, gate, unit, step: step, row: row)
                            + rows.recurrentSum(direction, gate, unit, state)
                            + rows.recurrentBias(direction, gate, unit))
                }
                let resets = (0..<hidden).map { gate(1, $0) }
                let kept = resetsLast ? Array(state) : zip(resets, state).map { $0 * $1 }
                return (0..<hidden).map { unit in
                    let update = gate(0, unit)
                    let recurrent =
                        rows.recurrentSum(direction, 2, unit, kept[...]) + rows.recurrentBias(direction, 2, unit)
                    let candidate = g(
                        rows.inputSum(direction, 2, unit, step: step, row: row)
                            + (resetsLast ? resets[unit] * recurrent : recurrent))
                    return (1 - update) * candidate + update * state[state.startIndex + unit]
                }
            }
            return rows.results(all, [last])
        },
        "RNN": { evaluation in
            let rows = try Recurrence(evaluation, gates: 1)
            let functions = try gates(evaluation, count: rows.directions, missing: ["Tanh", "Tanh"])
            let (all, last) = rows.run { direction, step, row, state in
                (0..<rows.hidden).map { unit in
                    functions[direction](
                        rows.inputSum(direction, 0, unit, step: step, row: row)
                            + rows.recurrentSum(direction, 0, unit, state) + rows.recurrentBias(direction, 0, unit))
                }
            }
            return rows.results(all, [last])
        },
    ]
}
