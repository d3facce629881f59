import NeedletailPlatform

/// `Adam`: `m ← m + (1 - β₁)(g - m)`, `s ← β₂ s + (1 - β₂) g²` and
/// `w ← w - rate / (1 - β₁ᵗ) · m / (√s / √(1 - β₂ᵗ) + epsilon)`. Kingma & Ba, 2014.
public struct Adam: OptimizationMethod {
    public var beta1: Double
    public var beta2: Double
    public var epsilon: Double

    public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
    }

    public static let name = "adam"

    public static let choices = [
        OptimizerChoice(name: "adam", method: Adam(), learningRatePerImage: 5e-5, weightDecay: 1e-4)
    ]

    public var stateNames: [String] { ["exp_avg", "exp_avg_sq"] }

    public func rule(learningRate: Float, weightDecay: Float, step: Int) -> any UpdateRule {
        AdamRule(
            beta1: beta1, beta2: beta2, epsilon: epsilon, rate: learningRate, decay: weightDecay, isDecoupled: false,
            step: step)
    }
}

/// A step of ``Adam`` or ``AdamW``.
struct AdamRule: UpdateRule {
    /// Added to the gradient as a share of the weight.
    private let coupledDecay: Float
    /// What is left of the weight before the step.
    private let kept: Float
    private let firstShare: Float
    private let secondKept: Float
    private let secondShare: Float
    private let stepSize: Float
    private let rootScale: Float
    private let epsilon: Float

    var stateCount: Int { 2 }

    /// - Parameter step: The number of the step, from 1. What depends on it is worked out in double precision, as torch
    ///   does.
    init(
        beta1: Double, beta2: Double, epsilon: Double, rate: Float, decay: Float, isDecoupled: Bool, step: Int
    ) {
        coupledDecay = isDecoupled ? 0 : decay
        kept = isDecoupled ? Float(1 - Double(rate) * Double(decay)) : 1
        firstShare = Float(1 - beta1)
        secondKept = Float(beta2)
        secondShare = Float(1 - beta2)
        stepSize = Float(Double(rate) / (1 - pow(beta1, Double(step))))
        rootScale = Float(1 / (1 - pow(beta2, Double(step))).squareRoot())
        self.epsilon = Float(epsilon)
    }

    @inline(__always)
    func apply(to lanes: inout UpdateLanes) {
        let slope = lanes.gradient + coupledDecay * lanes.weights
        lanes.first += firstShare * (slope - lanes.first)
        lanes.second = secondKept * lanes.second + secondShare * (slope * slope)
        lanes.weights *= kept
        lanes.weights -= stepSize * lanes.first / (lanes.second.root * rootScale + epsilon)
    }

    func run(_ range: Range<Int>, _ memory: UpdateMemory) { runVectors(range, memory) }
}
