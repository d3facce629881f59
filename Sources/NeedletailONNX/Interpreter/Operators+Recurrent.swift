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

    /// What is the same for all kinds: directions, shapes, weights.
    private struct Recurrence {
        let steps: Int, batch: Int, inputs: Int, hidden: Int, directions: Int
        let x: [Float], b: [Float]
        /// The weights of all gates with an input, one input after the other: what is added up at once lies side by side.
        let w: [Float], r: [Float]
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
            w = weight.transposed([0, 2, 1]).floats
            r = recurrent.transposed([0, 2, 1]).floats
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

        /// Of all units of all gates.
        private var lineCount: Int { gateCount * hidden }

        /// Adds products with `factors`, in their order, from a place among the weights on.
        private func add(_ factors: ArraySlice<Float>, _ weights: [Float], from place: Int, to sums: inout [Float]) {
            weights.withUnsafeBufferPointer { weights in
                sums.withUnsafeMutableBufferPointer { sums in
                    var place = place, rest = factors
                    // Four at once, so that a sum is read and written once for them.
                    while rest.count >= 4 {
                        let (a, b) = (rest.removeFirst(), rest.removeFirst())
                        let (c, d) = (rest.removeFirst(), rest.removeFirst())
                        for line in sums.indices {
                            let at = place + line
                            var sum = sums[line] + a * weights[at]
                            sum += b * weights[at + lineCount]
                            sum += c * weights[at + 2 * lineCount]
                            sums[line] = sum + d * weights[at + 3 * lineCount]
                        }
                        place += 4 * lineCount
                    }
                    for factor in rest {
                        for line in sums.indices { sums[line] += factor * weights[place + line] }
                        place += lineCount
                    }
                }
            }
        }

        /// The sums of the weights of all gates with the input of a step, with one of the two biases.
        func inputSums(_ direction: Int, step: Int, row: Int) -> [Float] {
            let start = (step * batch + row) * inputs, bias = direction * 2 * lineCount
            var sums = Array(b[bias..<bias + lineCount])
            add(x[start..<start + inputs], w, from: direction * inputs * lineCount, to: &sums)
            return sums
        }

        /// The sums of the weights of some gates with a state, with the other bias.
        func recurrentSums(_ direction: Int, _ gates: Range<Int>, _ state: ArraySlice<Float>) -> [Float] {
            let first = gates.lowerBound * hidden, bias = (direction * 2 + 1) * lineCount + first
            var sums = [Float](repeating: 0, count: gates.count * hidden)
            add(state, r, from: direction * hidden * lineCount + first, to: &sums)
            for line in sums.indices { sums[line] += b[bias + line] }
            return sums
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
                let inputs = rows.inputSums(direction, step: step, row: row)
                let states = rows.recurrentSums(direction, 0..<4, state)
                return (0..<hidden).map { unit in
                    func sum(_ gate: Int) -> Float { inputs[gate * hidden + unit] + states[gate * hidden + unit] }
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
                let inputs = rows.inputSums(direction, step: step, row: row)
                let states = rows.recurrentSums(direction, 0..<2, state)
                // ONNX's order of the gates: update, reset, candidate.
                let gates = zip(inputs, states).map { f($0 + $1) }, resets = gates[hidden...]
                let kept = resetsLast ? state : zip(resets, state).map { $0 * $1 }[...]
                let candidates = rows.recurrentSums(direction, 2..<3, kept)
                return (0..<hidden).map { unit in
                    let update = gates[unit], recurrent = candidates[unit]
                    let candidate = g(
                        inputs[2 * hidden + unit] + (resetsLast ? resets[hidden + unit] * recurrent : recurrent))
                    return (1 - update) * candidate + update * state[state.startIndex + unit]
                }
            }
            return rows.results(all, [last])
        },
        "RNN": { evaluation in
            let rows = try Recurrence(evaluation, gates: 1)
            let functions = try gates(evaluation, count: rows.directions, missing: ["Tanh", "Tanh"])
            let (all, last) = rows.run { direction, step, row, state in
                zip(
                    rows.inputSums(direction, step: step, row: row), rows.recurrentSums(direction, 0..<1, state)
                ).map { functions[direction]($0 + $1) }
            }
            return rows.results(all, [last])
        },
    ]
}
