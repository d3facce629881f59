import NeedletailKernels
import NeedletailRuntime

/// Stochastic gradient descent with momentum and weight decay, as PyTorch computes it.
///
/// `g ← g + decay · w`, `v ← momentum · v + g` (the first step sets `v = g`), and `w ← w - rate · v`, or with
/// Nesterov's momentum `w ← w - rate · (g + momentum · v)`.
public final class StochasticGradientDescent {
    public struct Configuration: Codable, Hashable, Sendable {
        public var momentum: Float
        public var weightDecay: Float
        public var usesNesterov: Bool

        public init(momentum: Float = 0.9, weightDecay: Float = 1e-4, usesNesterov: Bool = false) {
            self.momentum = momentum
            self.weightDecay = weightDecay
            self.usesNesterov = usesNesterov
        }
    }

    public let configuration: Configuration
    private let gradients: ParameterGradients
    private let storages: [FloatStorage]
    /// Whether a step has been taken: the first one has no velocity to build on.
    public var hasStepped = false

    public init(_ configuration: Configuration, gradients: ParameterGradients) {
        self.configuration = configuration
        self.gradients = gradients
        storages = gradients.parameters.map { FloatStorage(count: $0.count) }
    }

    /// The velocity of each parameter, to be written to a file or restored from it.
    public var velocities: [(parameter: Parameter, velocity: UnsafeMutableBufferPointer<Float>)] {
        zip(gradients.parameters, storages).map { ($0, $1.values) }
    }

    /// Changes every parameter by its gradient times `learningRate`.
    public func step(learningRate: Float, pool: ThreadPool) {
        let momentum = configuration.momentum, decay = configuration.weightDecay
        for (index, parameter) in gradients.parameters.enumerated() {
            guard let gradient = gradients[index].baseAddress else { continue }
            let velocity = storages[index].pointer
            let isFirst = !hasStepped
            parameter.update { values in
                guard let weights = values.baseAddress else { return }
                pool.run(count: parameter.count, grain: 65_536) { range, _ in
                    for element in range {
                        let slope = gradient[element] + decay * weights[element]
                        let speed = isFirst ? slope : momentum * velocity[element] + slope
                        velocity[element] = speed
                        let direction = configuration.usesNesterov ? slope + momentum * speed : speed
                        weights[element] -= learningRate * direction
                    }
                }
            }
        }
        hasStepped = true
    }
}
