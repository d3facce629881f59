/// `AdamW`: ``Adam`` with weight decay that does not pass through its averages. Loshchilov & Hutter, "Decoupled Weight
/// Decay Regularization", 2017.
public struct AdamW: OptimizationMethod {
    public var beta1: Double
    public var beta2: Double
    public var epsilon: Double

    public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
    }

    public static let name = "adamW"

    public static let choices = [
        OptimizerChoice(name: "adamw", method: AdamW(), learningRatePerImage: 5e-5, weightDecay: 0.01)
    ]

    public var stateNames: [String] { ["exp_avg", "exp_avg_sq"] }

    public func rule(learningRate: Float, weightDecay: Float, step: Int) -> any UpdateRule {
        AdamRule(
            beta1: beta1, beta2: beta2, epsilon: epsilon, rate: learningRate, decay: weightDecay, isDecoupled: true,
            step: step)
    }
}
