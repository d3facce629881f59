/// A step of RMSprop.
struct RMSPropRule: UpdateRule {
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
}
