import NeedletailKernels

struct DropoutStep: Step {
    let kernel: DropoutKernel
    /// Of the node.
    let name: String
    let buffers: UnaryBuffers

    private func stream(_ context: ExecutionContext) -> RandomStream {
        RandomStream(seed: context.draw.seed, name: "dropout \(name) \(context.draw.step)")
    }

    func forward(_ context: ExecutionContext) {
        kernel.apply(
            stream(context), to: context[buffers.input], output: context[buffers.output], accumulates: false,
            pool: context.pool)
    }

    func backward(_ context: ExecutionContext) {
        guard let outputGradient = buffers.outputGradient, let inputGradient = buffers.inputGradient else { return }
        kernel.apply(
            stream(context), to: context[outputGradient], output: context[inputGradient.buffer],
            accumulates: inputGradient.accumulates, pool: context.pool)
    }
}
