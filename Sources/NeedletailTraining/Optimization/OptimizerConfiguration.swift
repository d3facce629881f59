/// How weights follow their gradients.
///
/// The rules and the meaning of every setting are those of `torch.optim`; so are the defaults, except for the momentum of
/// gradient descent and for the weight decay.
public struct OptimizerConfiguration: Codable, Hashable, Sendable {
    /// A rule with its settings. In the formulas `g` is the gradient, `w` the weight and `t` the number of the step, from
    /// 1, that this parameter takes.
    public enum Method: Codable, Hashable, Sendable {
        /// `SGD`: `v ← momentum · v + g` (the first step sets `v = g`) and `w ← w - rate · v`, or with Nesterov's momentum
        /// `w ← w - rate · (g + momentum · v)`.
        case gradientDescent(momentum: Double = 0.9, usesNesterov: Bool = false)
        /// `Adam`: `m ← m + (1 - β₁)(g - m)`, `s ← β₂ s + (1 - β₂) g²` and
        /// `w ← w - rate / (1 - β₁ᵗ) · m / (√s / √(1 - β₂ᵗ) + epsilon)`. Kingma & Ba, 2014.
        case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
        /// `AdamW`: Adam with weight decay that does not pass through its averages. Loshchilov & Hutter, "Decoupled Weight
        /// Decay Regularization", 2017.
        case adamW(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
        /// `RMSprop`: `s ← alpha · s + (1 - alpha) g²`, `d = g / (√s + epsilon)` and `w ← w - rate · d`; with momentum
        /// `v ← momentum · v + d` and `w ← w - rate · v`. Centred, `m ← m + (1 - alpha)(g - m)` and `√(s - m²)` takes the
        /// place of `√s`.
        case rmsProp(alpha: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0, isCentered: Bool = false)
        /// `Adagrad`: `s ← s + g²` and `w ← w - rate / (1 + (t - 1) · rateDecay) · g / (√s + epsilon)`, where `s` starts
        /// at `initialSum`.
        case adaGrad(epsilon: Double = 1e-10, rateDecay: Double = 0, initialSum: Double = 0)
    }

    public var method: Method
    /// Adds `weightDecay · w` to the gradient; for AdamW `w ← w - rate · weightDecay · w` before the step instead.
    public var weightDecay: Double

    public init(method: Method = .gradientDescent(), weightDecay: Double = 1e-4) {
        self.method = method
        self.weightDecay = weightDecay
    }
}

extension OptimizerConfiguration.Method {
    /// What is kept of each weight between two steps, by the names of torch's state dicts.
    var stateNames: [String] {
        switch self {
        case .gradientDescent(let momentum, _): momentum == 0 ? [] : ["momentum_buffer"]
        case .adam, .adamW: ["exp_avg", "exp_avg_sq"]
        case .rmsProp(_, _, let momentum, let isCentered):
            ["square_avg"] + (momentum == 0 ? [] : ["momentum_buffer"]) + (isCentered ? ["grad_avg"] : [])
        case .adaGrad: ["sum"]
        }
    }

    /// What the first of these is before the first step.
    var initialState: Float {
        if case .adaGrad(_, _, let initialSum) = self { Float(initialSum) } else { 0 }
    }
}
