/// `SGD`: `v ← momentum · v + g` (the first step sets `v = g`) and `w ← w - rate · v`, or with Nesterov's momentum
/// `w ← w - rate · (g + momentum · v)`.
public struct SGD: OptimizationMethod {
    public var momentum: Double
    public var usesNesterov: Bool

    public init(momentum: Double = 0.9, usesNesterov: Bool = false) {
        self.momentum = momentum
        self.usesNesterov = usesNesterov
    }

    public static let name = "sgd"

    public static let choices = [
        OptimizerChoice(name: "sgd", method: SGD(), learningRatePerImage: 0.0025, weightDecay: 1e-4),
        OptimizerChoice(
            name: "nesterov", method: SGD(usesNesterov: true), learningRatePerImage: 0.0025, weightDecay: 1e-4),
    ]

    public var stateNames: [String] { momentum == 0 ? [] : ["momentum_buffer"] }

    public var momentumSetting: Double? {
        get { momentum }
        set { momentum = newValue ?? momentum }
    }

    public func rule(learningRate: Float, weightDecay: Float, step: Int) -> any UpdateRule {
        SGDRule(
            rate: learningRate, decay: weightDecay, momentum: Float(momentum), usesNesterov: usesNesterov,
            isFirst: step == 1)
    }
}

private struct SGDRule: UpdateRule {
    let rate: Float
    let decay: Float
    let momentum: Float
    let usesNesterov: Bool
    /// The first step has no velocity to build on.
    let isFirst: Bool

    var stateCount: Int { momentum == 0 ? 0 : 1 }

    @inline(__always)
    func apply(to lanes: inout UpdateLanes) {
        let slope = lanes.gradient + decay * lanes.weights
        let velocity = isFirst ? slope : momentum * lanes.first + slope
        lanes.first = velocity
        lanes.weights -= rate * (usesNesterov ? slope + momentum * velocity : velocity)
    }

    func run(_ range: Range<Int>, _ memory: UpdateMemory) { runVectors(range, memory) }
}
