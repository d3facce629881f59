/// `RMSprop`: `s ← alpha · s + (1 - alpha) g²`, `d = g / (√s + epsilon)` and `w ← w - rate · d`; with momentum
/// `v ← momentum · v + d` and `w ← w - rate · v`. Centred, `m ← m + (1 - alpha)(g - m)` and `√(s - m²)` takes the place of
/// `√s`.
public struct RMSProp: OptimizationMethod {
    public var alpha: Double
    public var epsilon: Double
    public var momentum: Double
    public var isCentered: Bool

    public init(alpha: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0, isCentered: Bool = false) {
        self.alpha = alpha
        self.epsilon = epsilon
        self.momentum = momentum
        self.isCentered = isCentered
    }

    public static let name = "rmsProp"

    public static let choices = [
        OptimizerChoice(name: "rmsprop", method: RMSProp(), learningRatePerImage: 5e-5, weightDecay: 1e-4)
    ]

    public var stateNames: [String] {
        ["square_avg"] + (momentum == 0 ? [] : ["momentum_buffer"]) + (isCentered ? ["grad_avg"] : [])
    }

    public var momentumSetting: Double? {
        get { momentum }
        set { momentum = newValue ?? momentum }
    }

    public func rule(learningRate: Float, weightDecay: Float, step: Int) -> any UpdateRule {
        RMSPropRule(
            alpha: alpha, epsilon: epsilon, momentum: momentum, isCentered: isCentered, rate: learningRate,
            decay: weightDecay)
    }
}

private struct RMSPropRule: UpdateRule {
    let rate: Float
    let decay: Float
    let momentum: Float
    let isCentered: Bool
    private let squareKept: Float
    private let share: Float
    private let epsilon: Float

    init(alpha: Double, epsilon: Double, momentum: Double, isCentered: Bool, rate: Float, decay: Float) {
        self.rate = rate
        self.decay = decay
        self.momentum = Float(momentum)
        self.isCentered = isCentered
        squareKept = Float(alpha)
        share = Float(1 - alpha)
        self.epsilon = Float(epsilon)
    }

    var stateCount: Int { 1 + (momentum == 0 ? 0 : 1) + (isCentered ? 1 : 0) }

    @inline(__always)
    func apply(to lanes: inout UpdateLanes) {
        let slope = lanes.gradient + decay * lanes.weights
        lanes.first = squareKept * lanes.first + share * (slope * slope)
        var variance = lanes.first
        if isCentered {
            // The average gradient is the last of the states.
            var average = momentum == 0 ? lanes.second : lanes.third
            average += share * (slope - average)
            if momentum == 0 { lanes.second = average } else { lanes.third = average }
            // Rounding may bring it below zero where the gradient hardly changes; torch gives NaN there.
            variance = variance - average * average
            variance.replace(with: 0, where: variance .< 0)
        }
        var direction = slope / (variance.root + epsilon)
        if momentum != 0 {
            direction = momentum * lanes.second + direction
            lanes.second = direction
        }
        lanes.weights -= rate * direction
    }

    func run(_ range: Range<Int>, _ memory: UpdateMemory) { runVectors(range, memory) }
}
