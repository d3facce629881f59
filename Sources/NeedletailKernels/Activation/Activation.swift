import NeedletailPlatform

/// A function that is applied to every element of a tensor.
///
/// The values here are the definition, rounded from double precision. The kernels apply the same functions to whole
/// tensors and behind convolutions, with a relative error of less than 2e-7, of GELU's 5e-7; results smaller than 4e-37 may
/// be 0. NaN stays NaN.
public enum Activation: Hashable, Sendable, Codable {
    /// `max(x, 0)`.
    case relu
    /// `min(max(x, 0), 6)`.
    case relu6
    /// `x` where it is positive, elsewhere `slope · x`.
    case leakyReLU(slope: Float)
    /// `x · sigmoid(x)`, also called swish. Elfwing et al., "Sigmoid-Weighted Linear Units", 2017.
    case silu
    /// `x · relu6(x + 3) / 6`. Howard et al., "Searching for MobileNetV3", 2019.
    case hardSwish
    /// `1 / (1 + exp(-x))`.
    case sigmoid
    /// `relu6(x + 3) / 6`.
    case hardSigmoid
    case tanh
    /// `x · Φ(x)`, Φ the normal distribution's share below `x`. Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016.
    case gelu

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
        case .gelu: "gelu"
        }
    }

    /// The value at `x`.
    public func callAsFunction(_ x: Float) -> Float { Float(exactValue(Double(x))) }

    /// The derivative by the input at the input `x`; where there is none, what PyTorch takes for it.
    public func derivative(at x: Float) -> Float { Float(exactDerivative(at: Double(x))) }

    /// Whether the derivative can be told from the output alone, so that the input need not be kept for it.
    public var derivativeFollowsFromOutput: Bool {
        switch self {
        case .relu, .relu6, .sigmoid, .hardSigmoid, .tanh: true
        // A falling slope gives positive outputs on both sides.
        case .leakyReLU(let slope): slope >= 0
        case .silu, .hardSwish, .gelu: false
        }
    }

    /// Whether kernels can tell the derivative from the input.
    public var derivativeFollowsFromInput: Bool {
        switch self {
        case .relu, .relu6, .leakyReLU, .silu, .hardSwish, .gelu: true
        case .sigmoid, .hardSigmoid, .tanh: false
        }
    }

    package func exactValue(_ x: Double) -> Double {
        switch self {
        case .relu: max(x, 0)
        case .relu6: min(max(x, 0), 6)
        case .leakyReLU(let slope): x > 0 ? x : Double(slope) * x
        case .silu: x / (1 + exp(-x))
        case .hardSwish: x * min(max(x + 3, 0), 6) / 6
        case .sigmoid: 1 / (1 + exp(-x))
        case .hardSigmoid: min(max(x + 3, 0), 6) / 6
        case .tanh: Self.hyperbolicTangent(x)
        case .gelu: x * Self.normalShare(below: x)
        }
    }

    package func exactDerivative(at x: Double) -> Double {
        switch self {
        case .relu: return x > 0 ? 1 : 0
        case .relu6: return x > 0 && x < 6 ? 1 : 0
        case .leakyReLU(let slope): return x > 0 ? 1 : Double(slope)
        case .silu:
            let sigmoid = 1 / (1 + exp(-x))
            return sigmoid * (1 + x * (1 - sigmoid))
        case .hardSwish: return x < -3 ? 0 : x > 3 ? 1 : x / 3 + 0.5
        case .sigmoid:
            let sigmoid = 1 / (1 + exp(-x))
            return sigmoid * (1 - sigmoid)
        case .hardSigmoid: return x > -3 && x < 3 ? 1.0 / 6 : 0
        case .tanh:
            let value = Self.hyperbolicTangent(x)
            return 1 - value * value
        case .gelu: return Self.normalShare(below: x) + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
        }
    }

    private static func normalShare(below x: Double) -> Double { erfc(-x * 0.5.squareRoot()) / 2 }

    /// The C library's function, which the case of the same name hides.
    private static func hyperbolicTangent(_ x: Double) -> Double {
        #if canImport(Glibc)
            Glibc.tanh(x)
        #elseif canImport(Musl)
            Musl.tanh(x)
        #else
            Darwin.tanh(x)
        #endif
    }
}
