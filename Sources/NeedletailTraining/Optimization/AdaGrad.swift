/// `Adagrad`: `s ← s + g²` and `w ← w - rate / (1 + (t - 1) · rateDecay) · g / (√s + epsilon)`, where `s` starts at
/// `initialSum`.
public struct AdaGrad: OptimizationMethod {
    public var epsilon: Double
    public var rateDecay: Double
    public var initialSum: Double

    public init(epsilon: Double = 1e-10, rateDecay: Double = 0, initialSum: Double = 0) {
        self.epsilon = epsilon
        self.rateDecay = rateDecay
        self.initialSum = initialSum
    }

    public static let name = "adaGrad"

    public static let choices = [
        OptimizerChoice(name: "adagrad", method: AdaGrad(), learningRatePerImage: 5e-4, weightDecay: 1e-4)
    ]

    public var stateNames: [String] { ["sum"] }
    public var initialState: Float { Float(initialSum) }

    public func rule(learningRate: Float, weightDecay: Float, step: Int) -> any UpdateRule {
        AdaGradRule(epsilon: epsilon, rateDecay: rateDecay, rate: learningRate, decay: weightDecay, step: step)
    }
}

private struct AdaGradRule: UpdateRule {
    private let rate: Float
    private let decay: Float
    private let epsilon: Float

    var stateCount: Int { 1 }

    /// - Parameter step: The number of the step, from 1.
    init(epsilon: Double, rateDecay: Double, rate: Float, decay: Float, step: Int) {
        self.rate = Float(Double(rate) / (1 + Double(step - 1) * rateDecay))
        self.decay = decay
        self.epsilon = Float(epsilon)
    }

    @inline(__always)
    func apply(to lanes: inout UpdateLanes) {
        let slope = lanes.gradient + decay * lanes.weights
        lanes.first += slope * slope
        lanes.weights -= rate * slope / (lanes.first.root + epsilon)
    }

    func run(_ range: Range<Int>, _ memory: UpdateMemory) { runVectors(range, memory) }
}
