import NeedletailArchives
import NeedletailCheckpoints

/// Nodes that hold graphs, which data chooses or repeats: `If` and `Loop`.
extension Interpreter {
    static let controls: Set<String> = ["If", "Loop"]

    /// The attribute with the graph that a condition chooses.
    static func branch(_ condition: ONNXTensor) -> String {
        (condition.floats.first ?? 0) != 0 ? "then_branch" : "else_branch"
    }

    /// Nodes that are computed within those of a network: a few bytes of a file must not ask for hours.
    static let maximumSteps = 1 << 18
}

extension ONNXNetwork {
    /// Computes a node, and the graphs that it holds.
    ///
    /// - Parameters:
    ///   - steps: The nodes of graphs within nodes that have been computed in this run.
    ///   - value: What stands before the node; nil for what is left out.
    /// - Throws: ``ONNXError``.
    func evaluate(
        _ prepared: PreparedNode, _ steps: inout Int, reading value: (String) throws -> ONNXTensor?
    ) throws -> [ONNXTensor] {
        guard Interpreter.controls.contains(prepared.node.kind) else {
            return try evaluate(prepared, try prepared.node.inputs.map(value))
        }
        func problem(_ text: String) -> ONNXError { ONNXError(.malformed, subject: prepared.subject, problem: text) }
        func graph(_ name: String) throws -> PreparedGraph {
            guard let graph = prepared.graphs[name] else { throw problem("it has no graph '\(name)'") }
            return graph
        }
        let inputs = try prepared.node.inputs.map(value)
        if prepared.node.kind == "If" {
            guard let condition = inputs.first ?? nil else { throw problem("its condition is missing") }
            return try evaluate(try graph(Interpreter.branch(condition)), [], of: prepared, &steps, reading: value)
        }
        let body = try graph("body"), carriedCount = body.inputs.count - 2
        guard carriedCount >= 0, inputs.count == carriedCount + 2, body.outputs.count > carriedCount else {
            throw problem("its graph does not fit what it is given")
        }
        let limit = inputs[0]?.floats.first ?? .infinity
        var condition = inputs[1]
        var carried = Array(inputs[2...])
        var gathered = [[ONNXTensor]](repeating: [], count: body.outputs.count - 1 - carriedCount)
        var count = 0, gatheredCount = 0
        while Float(count) < limit, (condition?.floats.first ?? 1) != 0 {
            let number = ONNXTensor([Int64(count)], shape: [])
            let results = try evaluate(
                body, [number, condition ?? ONNXTensor([Int64(1)], shape: [], kind: .bool)] + carried, of: prepared,
                &steps,
                reading: value)
            condition = results[0]
            carried = results[1..<carriedCount + 1].map { $0 }
            for (index, result) in results[(carriedCount + 1)...].enumerated() {
                gathered[index].append(result.reshaped([1] + result.shape))
                gatheredCount += result.count
            }
            guard gatheredCount <= Evaluation.maximumCount else {
                throw problem("more than \(Evaluation.maximumCount) numbers would be gathered")
            }
            count += 1
        }
        do {
            let lists = try gathered.map { parts in
                // Nothing tells what they would have been.
                parts.isEmpty ? ONNXTensor([Float](), shape: [0]) : try Interpreter.joined(parts, axis: 0)
            }
            return try carried.map { tensor in
                guard let tensor else { throw problem("a value that it carries is missing") }
                return tensor
            } + lists
        } catch let error as NodeProblem {
            throw problem(error.text)
        }
    }

    private func evaluate(
        _ graph: PreparedGraph, _ inputs: [ONNXTensor?], of owner: PreparedNode, _ steps: inout Int,
        reading outer: (String) throws -> ONNXTensor?
    ) throws -> [ONNXTensor] {
        var values: [String: ONNXTensor] = [:]
        for (name, input) in zip(graph.inputs, inputs) { values[name] = input }
        func value(_ name: String) throws -> ONNXTensor? { try name.isEmpty ? nil : values[name] ?? outer(name) }
        for node in graph.nodes {
            steps += 1
            guard steps <= Interpreter.maximumSteps else {
                throw ONNXError(
                    .unsupported, subject: owner.subject,
                    problem: "more than \(Interpreter.maximumSteps) nodes would be computed within nodes")
            }
            let results = try evaluate(node, &steps, reading: value)
            for (name, result) in zip(node.node.outputs, results) where !name.isEmpty { values[name] = result }
        }
        return try graph.outputs.map { name in
            guard let result = try value(name) else {
                throw ONNXError(
                    .malformed, subject: owner.subject, problem: "nothing makes '\(printable(name))' in its graph")
            }
            return result
        }
    }
}
