import NeedletailKernels

/// Tensors that are copied side by side.
struct ConcatenationStep: Step {
    struct Part {
        var channels: Int
        var input: BufferID
        var gradient: GradientTarget?
        /// Whether it stands in the result already.
        var isInPlace: Bool
    }

    /// Pixels of all images.
    let rows: Int
    /// Of the result.
    let channels: Int
    let parts: [Part]
    let output: BufferID
    let outputGradient: BufferID?

    func forward(_ context: ExecutionContext) {
        var start = 0
        for part in parts {
            if !part.isInPlace {
                Elementwise.copyColumns(
                    from: context[part.input], stride: part.channels, to: context[output] + start, stride: channels,
                    rows: rows, columns: part.channels, accumulates: false, pool: context.pool)
            }
            start += part.channels
        }
    }

    func backward(_ context: ExecutionContext) {
        guard let outputGradient else { return }
        var start = 0
        for part in parts {
            if let gradient = part.gradient {
                Elementwise.copyColumns(
                    from: context[outputGradient] + start, stride: channels, to: context[gradient.buffer],
                    stride: part.channels, rows: rows, columns: part.channels, accumulates: gradient.accumulates,
                    pool: context.pool)
            }
            start += part.channels
        }
    }
}

struct FlattenStep: UnaryStep {
    let kernel: TransposeKernel
    let buffers: UnaryBuffers

    func forward(_ context: ExecutionContext) {
        kernel.run(context[buffers.input], to: context[buffers.output], accumulates: false, pool: context.pool)
    }

    func passGradient(
        _ outputGradient: UnsafeMutablePointer<Float>, to inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool,
        _ context: ExecutionContext
    ) {
        kernel.inverse.run(
            outputGradient, to: inputGradient, accumulates: accumulates,
            pool: context.pool)
    }
}
