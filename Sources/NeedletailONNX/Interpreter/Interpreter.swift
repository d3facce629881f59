import NeedletailCheckpoints

/// Computes one node by its definition: ONNX's operators on tensors of any rank, one after the other, without plans.
///
/// It folds what is constant, computes what depends on data in ways that no plan can know (which boxes remain), and is what
/// the planned operators are measured against. Source: the operators' documentation,
/// <https://onnx.ai/onnx/operators>.
enum Interpreter {
    typealias Operation = @Sendable (Evaluation) throws -> [ONNXTensor]

    /// Domains of others whose operators of the same names mean the same.
    static let foreignDomains: Set<String> = ["com.microsoft"]

    /// All operators that are computed, by name.
    static let operations: [String: Operation] = [
        elementwise, arithmetic, shapes, indexing, reductions, selections, products, windows, normalizations, resizing,
        quantization, recurrences,
    ].reduce(into: [:]) { all, some in all.merge(some) { first, _ in first } }

    /// - Throws: ``NodeProblem``.
    static func evaluate(_ evaluation: Evaluation) throws -> [ONNXTensor] {
        guard evaluation.node.domain.isEmpty || foreignDomains.contains(evaluation.node.domain),
            let operation = operations[evaluation.node.kind]
        else { throw NodeProblem("the operator is not computed", kind: .unsupported) }
        return try operation(evaluation)
    }

    /// Computes an operator that another is made of.
    static func call(
        _ kind: String, _ inputs: [ONNXTensor?], like evaluation: Evaluation,
        _ attributes: [String: ONNXAttribute] = [:]
    ) throws -> ONNXTensor {
        let node = ONNXNode(kind, inputs: [], outputs: [""], attributes: attributes)
        let results = try evaluate(Evaluation(node: node, version: evaluation.version, inputs: inputs))
        return results[0]
    }
}
