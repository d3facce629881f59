import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels

/// A node with what is known of the values that it reads.
struct LoweringRequest {
    let prepared: PreparedNode
    let operands: [StageBuilder.Binding?]

    var node: ONNXNode { prepared.node }
    var version: Int { prepared.version }
    /// What the values of the graph are called.
    var name: String { node.name.isEmpty ? node.outputs.first { !$0.isEmpty } ?? node.kind : node.name }

    func planned(_ slot: Int = 0) -> PlannedValue? {
        guard slot < operands.count, case .planned(let value)? = operands[slot] else { return nil }
        return value
    }

    func constant(_ slot: Int) -> ONNXConstant? {
        guard slot < operands.count, case .constant(let constant)? = operands[slot] else { return nil }
        return constant
    }

    func isAbsent(_ slot: Int) -> Bool { slot >= operands.count || operands[slot] == nil }

    /// The node with its constants as tensors; nil when something else is there.
    func evaluation(without planned: Set<Int> = [0]) throws -> Evaluation? {
        var inputs: [ONNXTensor?] = []
        for (slot, operand) in operands.enumerated() {
            switch operand {
            case nil: inputs.append(nil)
            case .constant(let constant)?: inputs.append(planned.contains(slot) ? nil : try constant.tensor())
            default:
                guard planned.contains(slot) else { return nil }
                inputs.append(nil)
            }
        }
        return Evaluation(node: node, version: version, inputs: inputs)
    }
}
