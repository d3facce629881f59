import NeedletailKernels

extension Activation {
    /// One of each kind.
    public static let examples: [Activation] = [
        .relu, .relu6, .leakyReLU(slope: 0.1), .silu, .hardSwish, .sigmoid, .hardSigmoid, .tanh, .gelu,
    ]
}
