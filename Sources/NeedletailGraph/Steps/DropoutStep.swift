import NeedletailKernels

struct DropoutStep: UnaryStep {
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

    func passGradient(
        _ outputGradient: UnsafeMutablePointer<Float>, to inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool,
        _ context: ExecutionContext
    ) {
        kernel.apply(
            stream(context), to: outputGradient, output: inputGradient,
            accumulates: accumulates, pool: context.pool)
    }
}
