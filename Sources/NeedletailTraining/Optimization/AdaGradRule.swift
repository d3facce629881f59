/// A step of AdaGrad.
struct AdaGradRule: UpdateRule {
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
}
