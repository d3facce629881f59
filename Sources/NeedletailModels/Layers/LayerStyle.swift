import NeedletailGraph
import NeedletailKernels

/// How the layers of a network are made.
struct LayerStyle {
    var normalization = BatchNormalization.Kind.trained
    var epsilon: Float = 1e-5
    /// The share of a batch's statistics in the running ones.
    var momentum: Float = 0.1
    var seed: UInt64 = 0
    /// Of weights of convolutions and linear layers.
    var convolution = WeightRule.torch
    var linear = WeightRule.torch

    /// How weights are drawn.
    enum WeightRule {
        /// As PyTorch's layers draw theirs.
        case torch
        /// He et al., 2015, by the outputs that a weight leads to.
        case kaimingFanOut
        case normal(deviation: Float)
        /// Glorot & Bengio, 2010, uniform.
        case xavierUniform

        func initializer(seed: UInt64) -> Initializer {
            switch self {
            case .torch: .kaimingUniform(slope: Float(5).squareRoot(), seed: seed)
            case .kaimingFanOut: .kaimingNormalFanOut(seed: seed)
            case .normal(let deviation): .normal(deviation: deviation, seed: seed)
            case .xavierUniform: .xavierUniform(seed: seed)
            }
        }
    }

    var convolutionInitializer: Initializer { convolution.initializer(seed: seed) }
    var linearInitializer: Initializer { linear.initializer(seed: seed) }

    func batchNormalization(_ scope: ParameterScope, channels: Int) -> BatchNormalization {
        BatchNormalization(scope, channels: channels, kind: normalization, epsilon: epsilon, momentum: momentum)
    }
}
