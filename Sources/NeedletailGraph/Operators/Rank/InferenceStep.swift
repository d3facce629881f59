import NeedletailKernels

/// A step that runs forward alone: the planner refuses to train what lies below it.
protocol InferenceStep: Step {}

extension InferenceStep {
    func backward(_ context: ExecutionContext) { preconditionFailure("\(label) has no backward pass") }
}

/// A step that is a function of its buffers.
struct ForwardStep: InferenceStep {
    let label: String
    let inputs: [BufferID]
    let output: BufferID
    var multiplyAdds = 0
    let run: (_ inputs: [UnsafeMutablePointer<Float>], _ output: UnsafeMutablePointer<Float>, ThreadPool) -> Void

    init(
        _ label: String, _ site: LoweringSite, multiplyAdds: Int = 0,
        _ run: @escaping ([UnsafeMutablePointer<Float>], UnsafeMutablePointer<Float>, ThreadPool) -> Void
    ) {
        self.label = label
        inputs = site.inputs.map(\.buffer)
        output = site.outputs[0].buffer
        self.multiplyAdds = multiplyAdds
        self.run = run
    }

    func forward(_ context: ExecutionContext) { run(inputs.map { context[$0] }, context[output], context.pool) }
}

/// An operator on tensors of any rank that has no backward pass: networks that come from elsewhere are made of them.
protocol InferenceOperator: Operator {}

extension InferenceOperator {
    public var isDifferentiable: Bool { false }

    func checkFloats(_ inputs: [TensorType], count: Int = 1) throws(OperatorError) {
        guard inputs.count == count, inputs.allSatisfy({ $0.elementType == .float32 }) else {
            let plural = count == 1 ? "a tensor" : "\(count) tensors"
            throw OperatorError(
                "it takes \(plural) of floats, not \(inputs.map(\.description).joined(separator: ", "))")
        }
    }
}
