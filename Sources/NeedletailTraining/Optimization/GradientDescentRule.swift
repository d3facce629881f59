/// A step of gradient descent, with or without momentum.
struct GradientDescentRule: UpdateRule {
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
}
