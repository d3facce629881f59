import NeedletailKernels

extension Activation {
    /// What graphs in words call it, such as `leaky-relu=0.1`.
    public var name: String {
        switch self {
        case .relu: "relu"
        case .relu6: "relu6"
        case .leakyReLU(let slope): "leaky-relu=\(slope)"
        case .silu: "silu"
        case .hardSwish: "hard-swish"
        case .sigmoid: "sigmoid"
        case .hardSigmoid: "hard-sigmoid"
        case .tanh: "tanh"
        }
    }
}
