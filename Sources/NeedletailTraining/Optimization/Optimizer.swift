import NeedletailGraph
import NeedletailKernels
import NeedletailRuntime

/// Changes parameters by their gradients.
///
/// What a method remembers is kept by parameter, and so is the number of steps that a parameter has taken: one that is
/// trained only later in a run then starts as if the run began with it. A step has the same bits at any number of threads.
public final class Optimizer {
    /// By how much a parameter differs from the others.
    public struct Multipliers: Hashable, Sendable {
        public var learningRate: Float
        public var weightDecay: Float

        public init(learningRate: Float = 1, weightDecay: Float = 1) {
            self.learningRate = learningRate
            self.weightDecay = weightDecay
        }
    }

    /// A block of what the method remembers of a parameter, one number a weight.
    public struct State {
        /// As torch calls it, such as `exp_avg`.
        public var name: String
        public var parameter: Parameter
        public var values: UnsafeMutableBufferPointer<Float>
    }

    public let configuration: OptimizerConfiguration
    /// The parameters that may be trained, in a fixed order.
    public let parameters: [Parameter]
    /// How many steps each of ``parameters`` has taken.
    ///
    /// - Precondition: As many numbers as parameters.
    public var stepCounts: [Int] {
        didSet {
            precondition(
                stepCounts.count == parameters.count, "\(stepCounts.count) counts for \(parameters.count) parameters")
        }
    }
    private let multipliers: [Multipliers]
    private let positions: [Parameter: Int]
    private let storages: [[FloatStorage]]

    /// - Parameters:
    ///   - parameters: All that are trained at any time of the run.
    ///   - multipliers: Of each parameter, on the learning rate and the weight decay.
    /// - Throws: `OutOfMemoryError`
    public init(
        _ configuration: OptimizerConfiguration, parameters: [Parameter],
        multipliers: (Parameter) -> Multipliers = { _ in .init() }
    ) throws {
        self.configuration = configuration
        self.parameters = parameters
        self.multipliers = parameters.map(multipliers)
        stepCounts = [Int](repeating: 0, count: parameters.count)
        positions = Dictionary(
            parameters.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let stateCount = configuration.method.stateNames.count
        storages = try parameters.map { parameter in
            try (0..<stateCount).map { _ in try FloatStorage(count: parameter.count) }
        }
    }

    /// What is remembered of the parameters that have taken a step, to be written to a file or filled from one; set
    /// ``stepCounts`` first for that.
    public var states: [State] {
        parameters.indices.filter { stepCounts[$0] > 0 }.flatMap { index in
            zip(configuration.method.stateNames, storages[index]).map {
                State(name: $0, parameter: parameters[index], values: $1.values)
            }
        }
    }

    /// Bytes of ``states`` when every parameter has taken a step.
    public var stateByteCount: Int { storages.joined().reduce(0) { $0 + $1.count * MemoryLayout<Float>.stride } }

    /// Takes a step with the parameters of `gradients`; all others stay as they are.
    ///
    /// - Precondition: They are among ``parameters``.
    public func step(_ gradients: ParameterGradients, learningRate: Float, pool: ThreadPool) {
        for (index, parameter) in gradients.parameters.enumerated() {
            guard let position = positions[parameter] else {
                preconditionFailure("the optimiser was made without \(parameter.name)")
            }
            guard let gradient = gradients[index].baseAddress else { continue }
            if stepCounts[position] == 0 {
                storages[position].first?.values.update(repeating: configuration.method.initialState)
            }
            stepCounts[position] += 1
            step(position, gradient: gradient, learningRate: learningRate, pool: pool)
        }
    }

    private func step(_ position: Int, gradient: UnsafePointer<Float>, learningRate: Float, pool: ThreadPool) {
        let step = stepCounts[position]
        let rate = learningRate * multipliers[position].learningRate
        let decay = Float(configuration.weightDecay) * multipliers[position].weightDecay
        let rule = configuration.method.rule(learningRate: rate, weightDecay: decay, step: step)
        let parameter = parameters[position]
        parameter.update { values in
            guard let weights = values.baseAddress else { return }
            let states = storages[position].map(\.pointer)
            // A place that the rule does not use holds some valid address.
            func state(_ index: Int) -> UnsafeMutablePointer<Float> { index < states.count ? states[index] : weights }
            let memory = UpdateMemory(
                weights: weights, gradient: gradient, states: (state(0), state(1), state(2)))
            pool.run(count: values.count, grain: 65_536) { range, _ in rule.run(range, memory) }
        }
    }
}
